-- norm_check judges the norms themselves: what is missing, what contradicts
-- itself, what can never apply.  Judged are the norms as they are from today on:
-- what was wrong once and has been replaced nobody can mend.
CREATE TYPE norm_check_row AS (
    check_name text,
    severity text,
    table_name text,
    specialization text,
    row_key text,
    in_force_from date,
    message text,
    what_to_do text
);
COMMENT ON TYPE norm_check_row IS 'A fault of the norms; row of norm_check.';
COMMENT ON COLUMN norm_check_row.check_name IS 'Code of the check that found it.';
COMMENT ON COLUMN norm_check_row.severity IS 'error: nobody can keep these norms; warning: a gap, or a row that has no effect.';
COMMENT ON COLUMN norm_check_row.table_name IS 'The table of norms.';
COMMENT ON COLUMN norm_check_row.specialization IS 'The specialization, where it is about one.';
COMMENT ON COLUMN norm_check_row.row_key IS 'Key of the row, with commas between its values; where a row is missing, what is known of its key.';
COMMENT ON COLUMN norm_check_row.in_force_from IS 'The first day of today and later on which it is so.';
COMMENT ON COLUMN norm_check_row.message IS 'What is wrong.';
COMMENT ON COLUMN norm_check_row.what_to_do IS 'How to mend it.';

-- The days from which other norms hold: today, and whatever comes later.
CREATE FUNCTION norm_days() RETURNS SETOF date
LANGUAGE sql STABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
    SELECT kbnorms.today()
    UNION
    SELECT n.effective_from
    FROM (
        SELECT t.effective_from FROM norm_tenure t
        UNION SELECT s.effective_from FROM norm_specialization s
        UNION SELECT g.effective_from FROM norm_client_group g
        UNION SELECT p.effective_from FROM norm_potential p
        UNION SELECT k.effective_from FROM norm_position k
        UNION SELECT y.effective_from FROM policy y) n
    WHERE n.effective_from > kbnorms.today() AND isfinite(n.effective_from);
END;
COMMENT ON FUNCTION norm_days() IS 'Today, and the later days on which norms change.';

-- What one day's norms say, for each specialization.
CREATE FUNCTION norms_at(day date)
RETURNS TABLE (
    specialization text, sizes bigint, first_month integer, least_accounts integer, blacklist_months integer, blacklist_below numeric,
    thresholds bigint, min_paying_share numeric, max_off_profile integer, may_bind_off_profile boolean,
    territory_rule kbnorms.territory_rule, exception_only_on_profile boolean, newcomers_avoid_territories boolean, norms_from date,
    groups_on_profile bigint, groups_without_quota bigint, quotas bigint, potentials bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT s.code, t.sizes, t.first_month, t.least_accounts, n.blacklist_months, n.blacklist_below, p.thresholds,
        n.min_paying_share, n.max_off_profile, n.may_bind_off_profile, n.territory_rule, n.exception_only_on_profile,
        n.newcomers_avoid_territories, n.effective_from, g.on_profile, g.without_quota, g.quotas, p.on_target
    FROM specialization s
    CROSS JOIN LATERAL (
        SELECT count(*) AS sizes, min(x.from_month) AS first_month, max(x.min_accounts) AS least_accounts
        FROM (
            SELECT DISTINCT ON (h.from_month) h.from_month, h.min_accounts
            FROM norm_tenure h
            WHERE h.specialization = s.code AND h.effective_from <= day
            ORDER BY h.from_month, h.effective_from DESC) x) t
    LEFT JOIN LATERAL (
        SELECT h.*
        FROM norm_specialization h
        WHERE h.specialization = s.code AND h.effective_from <= day
        ORDER BY h.effective_from DESC
        LIMIT 1) n ON true
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE x.stance <> 'forbidden') AS on_profile,
            count(*) FILTER (WHERE x.stance <> 'forbidden' AND x.max_accounts IS NULL) AS without_quota,
            sum(x.max_accounts) FILTER (WHERE x.stance <> 'forbidden') AS quotas
        FROM (
            SELECT DISTINCT ON (h.client_group) h.stance, h.max_accounts
            FROM norm_client_group h
            WHERE h.specialization = s.code AND h.effective_from <= day
            ORDER BY h.client_group, h.effective_from DESC) x) g
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE x.stance <> 'forbidden') AS on_target, count(x.blacklist_below) AS thresholds
        FROM (
            SELECT DISTINCT ON (h.potential) h.stance, h.blacklist_below
            FROM norm_potential h
            WHERE h.specialization = s.code AND h.effective_from <= day
            ORDER BY h.potential, h.effective_from DESC) x) p;
END;
COMMENT ON FUNCTION norms_at(date) IS 'What the norms of a day say of each specialization, summed up. Used by norm_check.';

CREATE FUNCTION norm_gaps() RETURNS SETOF norm_check_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT DISTINCT ON (f.fault, f.specialization) f.fault, 'warning', f.table_name, f.specialization, f.specialization, f.day,
        CASE f.fault
            WHEN 'no_size' THEN kbnorms.translated('specialization "%s" has no size of a base: nothing can be bound', f.specialization)
            WHEN 'no_size_at_first' THEN kbnorms.translated('specialization "%s" has a size of a base only from month %s of service on', f.specialization, f.first_month)
            WHEN 'no_norms' THEN kbnorms.translated('specialization "%s" has sizes of a base, but no other norms', f.specialization)
            ELSE kbnorms.translated('share of paying accounts of specialization "%s" is regulated, but not what paying is', f.specialization)
        END,
        CASE f.fault
            WHEN 'no_size' THEN kbnorms.translated('Give it a row of norm_tenure with from_month 0.')
            WHEN 'no_size_at_first' THEN kbnorms.translated('Give it a row of norm_tenure with from_month 0.')
            WHEN 'no_norms' THEN kbnorms.translated('Give it a row of norm_specialization.')
            ELSE kbnorms.translated('Give policy.paying_above a value.')
        END
    FROM (
        SELECT d.day, n.specialization, n.first_month, c.fault, c.table_name
        FROM norm_days() AS d(day)
        CROSS JOIN LATERAL norms_at(d.day) n
        CROSS JOIN LATERAL (VALUES
            ('no_size', 'norm_tenure', n.sizes = 0),
            ('no_size_at_first', 'norm_tenure', n.first_month > 0),
            ('no_norms', 'norm_specialization', n.sizes > 0 AND n.norms_from IS NULL),
            ('no_paying_above', 'policy', n.min_paying_share IS NOT NULL AND (
                SELECT y.paying_above FROM policy y WHERE y.effective_from <= d.day ORDER BY y.effective_from DESC LIMIT 1) IS NULL)
        ) AS c(fault, table_name, is_so)
        WHERE c.is_so
    ) f
    ORDER BY f.fault, f.specialization, f.day;
END;
COMMENT ON FUNCTION norm_gaps() IS
'Specializations without a size of the base, with none in the first months of service while there is one later, without other norms, or with a paying share of nothing that is paying. Checks no_size, no_size_at_first, no_norms, no_paying_above.';

CREATE FUNCTION policy_gaps() RETURNS SETOF norm_check_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT DISTINCT ON (f.fault) f.fault, 'warning', 'policy', NULL::text, f.effective_from::text, f.day,
        CASE f.fault
            WHEN 'no_policy' THEN kbnorms.translated('the company has no policy: nothing is released, nothing is paying, no hand-over is due')
            WHEN 'move_limit_half' THEN kbnorms.translated('moves of a client are limited by a number and a period, of which one is empty: no move is limited')
            WHEN 'nothing_taken' THEN kbnorms.translated('a manager may take 0 new accounts a day: no base can grow')
            ELSE kbnorms.translated('inactive clients are to be released, but every release is above the bounds of a run')
        END,
        CASE f.fault
            WHEN 'no_policy' THEN kbnorms.translated('Insert a row into policy.')
            WHEN 'move_limit_half' THEN kbnorms.translated('Give both policy.max_moves and policy.move_days a value, or none.')
            WHEN 'nothing_taken' THEN kbnorms.translated('Raise policy.max_new_accounts_per_day, or leave it empty.')
            ELSE kbnorms.translated('Raise policy.max_unbind_count or max_unbind_share, or leave inactivity_months empty.')
        END
    FROM (
        SELECT d.day, y.effective_from, c.fault
        FROM norm_days() AS d(day)
        LEFT JOIN LATERAL (SELECT h.* FROM policy h WHERE h.effective_from <= d.day ORDER BY h.effective_from DESC LIMIT 1) y ON true
        CROSS JOIN LATERAL (VALUES
            ('no_policy', y.effective_from IS NULL),
            ('move_limit_half', (y.max_moves IS NULL) <> (y.move_days IS NULL)),
            ('nothing_taken', y.max_new_accounts_per_day = 0),
            ('nothing_released', y.inactivity_months IS NOT NULL AND greatest(y.max_unbind_count, y.max_unbind_share) = 0)
        ) AS c(fault, is_so)
        WHERE c.is_so
    ) f
    ORDER BY f.fault, f.day;
END;
COMMENT ON FUNCTION policy_gaps() IS
'No policy at all, a limit on the moves of a client of which one half is missing, and limits of nothing. Checks no_policy, move_limit_half, nothing_taken, nothing_released.';

CREATE FUNCTION norm_contradictions() RETURNS SETOF norm_check_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT DISTINCT ON (f.fault, f.specialization) f.fault, f.severity, f.table_name, f.specialization, f.specialization, f.day,
        CASE f.fault
            WHEN 'no_profile' THEN kbnorms.translated('specialization "%s" has no target or allowed client group: it can bind nothing', f.specialization)
            WHEN 'no_potential' THEN kbnorms.translated('specialization "%s" has no target or allowed potential: it can take nothing from the pool', f.specialization)
            WHEN 'quotas_below_min' THEN kbnorms.translated('specialization "%s" is to have at least %s accounts, but the quotas of its client groups add up to %s', f.specialization, f.least_accounts, f.quotas)
            WHEN 'newcomers_shut_out' THEN kbnorms.translated('the newly hired of specialization "%s" keep out of territories, but are bound to theirs', f.specialization)
            WHEN 'off_profile_shut_out' THEN kbnorms.translated('specialization "%s" may bind off-profile accounts, but hold none', f.specialization)
            WHEN 'blacklist_without_months' THEN kbnorms.translated('the black list of specialization "%s" has a threshold, but no months to look at', f.specialization)
            WHEN 'blacklist_without_threshold' THEN kbnorms.translated('the black list of specialization "%s" has months to look at, but no threshold', f.specialization)
            ELSE kbnorms.translated('what a justification counts for is regulated for specialization "%s", which has no rule of the city', f.specialization)
        END,
        CASE f.fault
            WHEN 'no_profile' THEN kbnorms.translated('Give it a row of norm_client_group with stance target or allowed.')
            WHEN 'no_potential' THEN kbnorms.translated('Give it a row of norm_potential with stance target or allowed.')
            WHEN 'quotas_below_min' THEN kbnorms.translated('Raise norm_client_group.max_accounts or lower norm_tenure.min_accounts.')
            WHEN 'newcomers_shut_out' THEN kbnorms.translated('Set newcomers_avoid_territories to false, or territory_rule to another than strict.')
            WHEN 'off_profile_shut_out' THEN kbnorms.translated('Raise max_off_profile, or set may_bind_off_profile to false.')
            WHEN 'blacklist_without_months' THEN kbnorms.translated('Give norm_specialization.blacklist_months a value.')
            WHEN 'blacklist_without_threshold' THEN kbnorms.translated('Give norm_specialization or norm_potential a threshold blacklist_below.')
            ELSE kbnorms.translated('Leave exception_only_on_profile empty, or set territory_rule to city.')
        END
    FROM (
        SELECT d.day, n.specialization, n.least_accounts, n.quotas, c.fault, c.severity, c.table_name
        FROM norm_days() AS d(day)
        CROSS JOIN LATERAL norms_at(d.day) n
        CROSS JOIN LATERAL (VALUES
            ('no_profile', 'error', 'norm_client_group', n.sizes > 0 AND n.groups_on_profile = 0 AND n.may_bind_off_profile IS NOT TRUE),
            ('no_potential', 'error', 'norm_potential', n.sizes > 0 AND n.potentials = 0),
            ('quotas_below_min', 'error', 'norm_client_group', n.groups_on_profile > 0 AND n.groups_without_quota = 0
                AND n.may_bind_off_profile IS NOT TRUE AND n.quotas < n.least_accounts),
            ('newcomers_shut_out', 'error', 'norm_specialization', n.newcomers_avoid_territories AND n.territory_rule = 'strict'),
            ('off_profile_shut_out', 'warning', 'norm_specialization', n.may_bind_off_profile AND n.max_off_profile = 0),
            ('blacklist_without_months', 'warning', 'norm_specialization',
                (n.blacklist_below IS NOT NULL OR n.thresholds > 0) AND n.blacklist_months IS NULL),
            ('blacklist_without_threshold', 'warning', 'norm_specialization',
                n.blacklist_months IS NOT NULL AND n.blacklist_below IS NULL AND n.thresholds = 0),
            ('exception_unused', 'warning', 'norm_specialization',
                n.exception_only_on_profile IS NOT NULL AND n.territory_rule IS DISTINCT FROM 'city')
        ) AS c(fault, severity, table_name, is_so)
        WHERE c.is_so
    ) f
    ORDER BY f.fault, f.specialization, f.day;
END;
COMMENT ON FUNCTION norm_contradictions() IS
'Norms of a specialization that nobody can keep together, or that say nothing without each other. Checks no_profile, no_potential, quotas_below_min, newcomers_shut_out, off_profile_shut_out, blacklist_without_months, blacklist_without_threshold, exception_unused.';

CREATE FUNCTION norm_order() RETURNS SETOF norm_check_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT DISTINCT ON (f.fault, f.row_key) f.fault, 'warning', f.table_name, f.specialization, f.row_key, f.day,
        CASE f.fault
            WHEN 'min_above_later_max' THEN kbnorms.translated('specialization "%s" asks for at least %s accounts from month %s, and for at most %s from month %s', f.specialization, f.value, f.key, f.other_value, f.other_key)
            WHEN 'max_falls' THEN kbnorms.translated('specialization "%s" may have %s accounts from month %s, but only %s from month %s: a full base is then above its maximum', f.specialization, f.value, f.key, f.other_value, f.other_key)
            ELSE kbnorms.translated('specialization "%s" has a threshold of %s for potential "%s" and of %s for the lower potential "%s"', f.specialization, f.value, f.key, f.other_value, f.other_key)
        END,
        kbnorms.translated('Look which of the two rows is meant, and insert the other one anew with a later effective_from.')
    FROM (
        SELECT CASE WHEN e.min_accounts > l.max_accounts THEN 'min_above_later_max' ELSE 'max_falls' END AS fault, 'norm_tenure' AS table_name,
            e.specialization, concat_ws(', ', l.specialization, l.from_month, l.effective_from) AS row_key, d.day,
            (CASE WHEN e.min_accounts > l.max_accounts THEN e.min_accounts ELSE e.max_accounts END)::text AS value,
            e.from_month::text AS key, l.max_accounts::text AS other_value, l.from_month::text AS other_key
        FROM norm_days() AS d(day)
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (h.specialization, h.from_month) h.*
            FROM norm_tenure h
            WHERE h.effective_from <= d.day
            ORDER BY h.specialization, h.from_month, h.effective_from DESC) e
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (h.from_month) h.*
            FROM norm_tenure h
            WHERE h.effective_from <= d.day AND h.specialization = e.specialization AND h.from_month > e.from_month
            ORDER BY h.from_month, h.effective_from DESC) l
        WHERE e.min_accounts > l.max_accounts OR e.max_accounts > l.max_accounts
        UNION ALL
        -- The same months of service, one row after the other
        SELECT 'min_above_later_max', 'norm_tenure', l.specialization, concat_ws(', ', l.specialization, l.from_month, l.effective_from),
            greatest(l.effective_from, kbnorms.today()), e.min_accounts::text, e.from_month::text, l.max_accounts::text, l.from_month::text
        FROM norm_tenure l
        CROSS JOIN LATERAL (
            SELECT h.*
            FROM norm_tenure h
            WHERE h.specialization = l.specialization AND h.from_month = l.from_month AND h.effective_from < l.effective_from
            ORDER BY h.effective_from DESC
            LIMIT 1) e
        WHERE e.min_accounts > l.max_accounts AND NOT EXISTS (
            SELECT FROM norm_tenure x
            WHERE x.specialization = l.specialization AND x.from_month = l.from_month
                AND x.effective_from > l.effective_from AND x.effective_from <= kbnorms.today())
        UNION ALL
        SELECT 'threshold_order', 'norm_potential', e.specialization, concat_ws(', ', e.specialization, e.potential, e.effective_from), d.day,
            e.blacklist_below::text, e.potential, l.blacklist_below::text, l.potential
        FROM norm_days() AS d(day)
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (h.specialization, h.potential) h.*, k.rank
            FROM norm_potential h
            JOIN potential k ON k.code = h.potential
            WHERE h.effective_from <= d.day
            ORDER BY h.specialization, h.potential, h.effective_from DESC) e
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (h.potential) h.*
            FROM norm_potential h
            JOIN potential k ON k.code = h.potential
            WHERE h.effective_from <= d.day AND h.specialization = e.specialization AND k.rank > e.rank
            ORDER BY h.potential, h.effective_from DESC) l
        WHERE l.blacklist_below > e.blacklist_below
    ) f
    ORDER BY f.fault, f.row_key, f.day;
END;
COMMENT ON FUNCTION norm_order() IS
'Sizes of a base that fall as tenure grows, and thresholds of the black list that rise as the potential falls. Checks min_above_later_max, max_falls, threshold_order.';

CREATE FUNCTION norm_idle_rows() RETURNS SETOF norm_check_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH norm AS (
        SELECT 'norm_tenure' AS table_name, n.specialization, concat_ws(', ', n.specialization, n.from_month) AS key, n.effective_from,
            to_jsonb(n) - 'effective_from' - 'note' AS said
        FROM norm_tenure n
        UNION ALL
        SELECT 'norm_specialization', n.specialization, n.specialization, n.effective_from, to_jsonb(n) - 'effective_from' - 'note' FROM norm_specialization n
        UNION ALL
        SELECT 'norm_client_group', n.specialization, concat_ws(', ', n.specialization, n.client_group), n.effective_from, to_jsonb(n) - 'effective_from' - 'note'
        FROM norm_client_group n
        UNION ALL
        SELECT 'norm_potential', n.specialization, concat_ws(', ', n.specialization, n.potential), n.effective_from, to_jsonb(n) - 'effective_from' - 'note'
        FROM norm_potential n
        UNION ALL
        SELECT 'norm_position', NULL, n."position", n.effective_from, to_jsonb(n) - 'effective_from' - 'note' FROM norm_position n
        UNION ALL
        SELECT 'policy', NULL, NULL, n.effective_from, to_jsonb(n) - 'effective_from' - 'note' FROM policy n
    )
    SELECT f.fault, 'warning', f.table_name, f.specialization, concat_ws(', ', f.key, f.effective_from), f.effective_from,
        CASE f.fault
            WHEN 'row_never_in_force' THEN kbnorms.translated('row %s of table "%s" holds from a day that nobody will see', concat_ws(', ', f.key, f.effective_from), f.table_name)
            WHEN 'row_repeats' THEN kbnorms.translated('row %s of table "%s" says the same as the row that it replaces, of %s', concat_ws(', ', f.key, f.effective_from), f.table_name, f.replaced)
            WHEN 'month_never_reached' THEN kbnorms.translated('row %s of table "%s" begins with a month of service that nobody reaches', concat_ws(', ', f.key, f.effective_from), f.table_name)
            ELSE kbnorms.translated('row %s of table "%s" is about a specialization, which no position that may hold a base has', concat_ws(', ', f.key, f.effective_from), f.table_name)
        END,
        kbnorms.translated('Delete the row, or correct it.')
    FROM (
        SELECT n.table_name, n.specialization, n.key, n.effective_from, b.effective_from AS replaced,
            CASE
                WHEN n.effective_from >= kbnorms.today() + 36525 THEN 'row_never_in_force'
                WHEN b.said = n.said THEN 'row_repeats'
                WHEN n.table_name = 'norm_tenure' AND (n.said ->> 'from_month')::integer >= 600 THEN 'month_never_reached'
                WHEN n.specialization IS NOT NULL AND NOT EXISTS (SELECT FROM "position" k WHERE k.holds_base AND k.specialized) THEN 'no_position'
            END AS fault
        FROM norm n
        LEFT JOIN LATERAL (
            SELECT e.effective_from, e.said
            FROM norm e
            WHERE e.table_name = n.table_name AND e.key IS NOT DISTINCT FROM n.key AND e.effective_from < n.effective_from
            ORDER BY e.effective_from DESC
            LIMIT 1) b ON true
    ) f
    WHERE f.fault IS NOT NULL
    UNION ALL
    SELECT DISTINCT ON (f.fault, f.position) f.fault, 'warning', 'norm_position', NULL, concat_ws(', ', f.position, f.effective_from), f.day,
        CASE f.fault
            WHEN 'head_with_base' THEN kbnorms.translated('meetings of position "%s" are regulated as those of a head, but it holds a base: nobody is judged by them', f.position)
            WHEN 'lead_without_base' THEN kbnorms.translated('position "%s" is to meet a share of its own base, but may hold none', f.position)
            ELSE kbnorms.translated('position "%s" is to meet clients of its group, but is no group lead: it has no share of its own base to meet', f.position)
        END,
        kbnorms.translated('Leave the value empty, or correct position.holds_base.')
    FROM (
        SELECT d.day, n.*, c.fault
        FROM norm_days() AS d(day)
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (h."position") h.*, k.holds_base
            FROM norm_position h
            JOIN "position" k ON k.code = h."position"
            WHERE h.effective_from <= d.day
            ORDER BY h."position", h.effective_from DESC) n
        CROSS JOIN LATERAL (VALUES
            ('head_with_base', n.holds_base AND n.min_meetings IS NOT NULL),
            ('lead_without_base', NOT n.holds_base AND n.min_own_meeting_share IS NOT NULL),
            ('group_without_lead', n.min_group_meetings IS NOT NULL AND n.min_own_meeting_share IS NULL)
        ) AS c(fault, is_so)
        WHERE c.is_so
        ORDER BY d.day
    ) f;
END;
COMMENT ON FUNCTION norm_idle_rows() IS
'Rows of the norms that never apply or change nothing. Checks row_never_in_force, row_repeats, month_never_reached, no_position, head_with_base, lead_without_base, group_without_lead.';

CREATE FUNCTION norm_check() RETURNS SETOF norm_check_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
SET jit = off -- small tables and large plans
BEGIN ATOMIC
    SELECT * FROM norm_gaps()
    UNION ALL SELECT * FROM policy_gaps()
    UNION ALL SELECT * FROM norm_contradictions()
    UNION ALL SELECT * FROM norm_order()
    UNION ALL SELECT * FROM norm_idle_rows();
END;
COMMENT ON FUNCTION norm_check() IS
'Judges the norms themselves, as they are from today on: gaps, contradictions, what nobody can keep, rows that never apply. No row: nothing to object to.';
