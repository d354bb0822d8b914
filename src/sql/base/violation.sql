-- Everything that is to be mended: what compliance says is missed today, account
-- by account where accounts are what is wrong, and what no measure sees.
--
-- The figures are those of compliance (judged), the accounts those that it
-- counts (base_accounts): a measure that counts accounts has as many rows as
-- its figure says, any other missed one has one row.  Of a capped client group
-- the accounts above the cap are those that came last.
CREATE VIEW violation WITH (security_invoker = true) AS
SELECT kbnorms.first_day(kbnorms.month(kbnorms.today())) AS month, v.manager_id, v.manager_name, v.unit_id,
    v.account_id, h.name AS account_name, v.organization_id, o.name AS organization_name,
    v.rule, v.actual, v.bound, v.since,
    v.held_before OR coalesce(i.bound_on >= v.bound_on, false) AS held_since_before,
    v.what_to_do, kbnorms.today() AS as_of,
    (SELECT f FROM facts_through('{turnover,activity}') f) AS facts_through
FROM (
    SELECT x.manager_id, x.manager_name, x.unit_id, c.account_id, c.named_id AS organization_id, c.bound_on,
        x.measure AS rule, x.actual,
        CASE WHEN x.actual < x.norm_min THEN x.norm_min ELSE x.norm_max END AS bound,
        CASE
            WHEN x.measure IN ('respecialization', 'handover') THEN x.deadline
            WHEN x.measure = 'base_size' THEN CASE WHEN x.actual > x.norm_max THEN x.above_since END
            ELSE greatest(c.bound_on, x.norm_since, c.stance_since, CASE WHEN c.is_misfit THEN x.deadline END)
        END AS since,
        CASE
            WHEN x.measure = 'base_size' THEN coalesce(x.held_before > x.norm_max, false)
            WHEN x.measure = 'handover' THEN false
            ELSE coalesce(c.bound_on < greatest(x.norm_since, c.stance_since), false)
        END AS held_before,
        CASE
            WHEN x.measure = 'base_size' AND x.actual > x.norm_max
                THEN kbnorms.translated('give away %s accounts, to managers with room or to the pool', x.actual - x.norm_max)
            WHEN x.measure = 'base_size'
                THEN kbnorms.translated('take %s accounts more; claimable(%s) lists whom he may take', x.norm_min - x.actual, x.manager_id)
            WHEN x.measure = 'off_profile' AND x.norm_max > 0 AND c.is_on_profile
                THEN kbnorms.translated('move it to the manager of its territory, or unbind it, until at most %s off-profile accounts are left', x.norm_max)
            WHEN x.measure = 'off_profile' AND x.norm_max > 0
                THEN kbnorms.translated('move it to a manager who works with its client group, or unbind it, until at most %s off-profile accounts are left', x.norm_max)
            WHEN x.measure = 'off_profile' AND c.is_on_profile
                THEN kbnorms.translated('move it to the manager of its territory, or unbind it')
            WHEN x.measure IN ('off_profile', 'client_group')
                THEN kbnorms.translated('move it to a manager who works with its client group, or unbind it')
            WHEN x.measure = 'group_quota'
                THEN kbnorms.translated('move or unbind it, or another one of client group "%s": he may have %s of these', c.client_group, c.max_accounts)
            WHEN x.measure = 'territory'
                THEN kbnorms.translated('move it to a manager of its city, unbind it, or justify it in territory_exception where that counts')
            WHEN x.measure = 'newcomer_territory'
                THEN kbnorms.translated('move it to a manager who may work in territories, or unbind it')
            WHEN x.measure = 'respecialization'
                THEN kbnorms.translated('move it to a manager of its profile, or unbind it; propose_handover(%s) drafts the memo', x.manager_id)
            WHEN x.measure = 'handover'
                THEN kbnorms.translated('hand it over; propose_handover(%s) drafts the memo', x.manager_id)
            ELSE kbnorms.translated('reach %s', trim_scale(x.norm_min))
        END AS what_to_do
    FROM (
        SELECT j.*, size.*
        FROM judged(kbnorms.month(kbnorms.today())) j
        CROSS JOIN LATERAL (
            -- a base above its maximum is that since the account that is one too many
            SELECT greatest((array_agg(u.bound_on ORDER BY u.bound_on))[j.norm_max::integer + 1], j.norm_since, j.deadline) AS above_since,
                CASE WHEN count(*) > 0 THEN count(*) FILTER (WHERE u.bound_on < j.norm_since) + (
                    SELECT count(DISTINCT g.account_id)
                    FROM binding_log l
                    JOIN binding b ON b.manager_id = l.manager_id AND b.organization_id = l.organization_id AND b.bound_on = l.bound_on
                    JOIN organization g ON g.id = b.organization_id
                    WHERE l.manager_id = j.manager_id AND l.reason = 'import' AND l.memo_id IS NULL
                        AND (b.bound_on >= j.norm_since OR j.norm_since IS NULL)
                ) END AS held_before
            FROM unnest(j.bound_ons) AS u(bound_on)
            WHERE j.measure = 'base_size' AND j.actual > j.norm_max
        ) size
        WHERE j.verdict = 'missed'
    ) x
    LEFT JOIN LATERAL (
        SELECT a.*, row_number() OVER (PARTITION BY a.client_group ORDER BY a.bound_on, a.account_id) AS place,
            CASE x.measure
                WHEN 'off_profile' THEN a.off_profile_organization_id
                WHEN 'territory' THEN a.outside_city_organization_id
                WHEN 'newcomer_territory' THEN a.in_territory_organization_id
                WHEN 'respecialization'
                    THEN coalesce(a.off_profile_organization_id, a.outside_city_organization_id, a.in_territory_organization_id)
                ELSE a.organization_id
            END AS named_id
        FROM unnest(x.wrong) a
        WHERE CASE x.measure
                WHEN 'off_profile' THEN a.off_profile AND a.counts
                WHEN 'client_group' THEN a.forbidden AND a.counts
                WHEN 'group_quota' THEN a.max_accounts IS NOT NULL AND a.counts
                WHEN 'territory' THEN a.outside_city AND a.counts
                WHEN 'newcomer_territory' THEN a.barred AND a.counts
                WHEN 'respecialization' THEN a.is_misfit
                WHEN 'handover' THEN a.is_due
                ELSE false
            END
    ) c ON true
    WHERE x.measure <> 'group_quota' OR c.place > c.max_accounts

    -- A binding that the rule personal would refuse and that is no hand-over.
    UNION ALL
    SELECT b.manager_id, m.full_name, p.unit_id, c.account_id, b.organization_id, b.bound_on,
        'personal', NULL, NULL, b.bound_on, false,
        CASE
            WHEN p.manager_id IS NULL AND (m.left_on > kbnorms.today()) IS NOT FALSE
                THEN kbnorms.translated('move it to a named, employed manager, or give this one a post')
            ELSE kbnorms.translated('correct bound_on, which is before the manager was hired or in the future')
        END
    FROM binding b
    JOIN manager m ON m.id = b.manager_id
    LEFT JOIN (
        SELECT DISTINCT ON (mp.manager_id) mp.manager_id, mp.unit_id
        FROM manager_post mp
        WHERE mp.since <= kbnorms.today()
        ORDER BY mp.manager_id, mp.since DESC
    ) p ON p.manager_id = m.id
    JOIN organization c ON c.id = b.organization_id
    WHERE (b.bound_on < m.hired_on OR b.bound_on > kbnorms.today()
            OR p.manager_id IS NULL AND (m.left_on > kbnorms.today()) IS NOT FALSE)
        AND (SELECT r.enforcement FROM rule r WHERE r.code = 'personal') <> 'off'

    -- An additional binding beside another holder of the same office.
    UNION ALL
    SELECT b.manager_id, m.full_name, b.unit_id, c.account_id, b.organization_id, b.bound_on,
        'multiple', b.holders, 1, b.since, false,
        kbnorms.translated('end one of the bindings, or move one to a manager of another office')
    FROM (
        SELECT e.manager_id, e.organization_id, e.bound_on, p.unit_id, count(*) + 1 AS holders,
            greatest(e.bound_on, p.since, min(greatest(f.bound_on, g.since))) AS since
        FROM binding e
        JOIN binding f ON f.organization_id = e.organization_id AND f.manager_id <> e.manager_id
            AND (NOT f.additional OR f.manager_id < e.manager_id)
        LEFT JOIN LATERAL (
            SELECT mp.unit_id, mp.since
            FROM manager_post mp
            WHERE mp.manager_id = e.manager_id AND mp.since <= kbnorms.today()
            ORDER BY mp.since DESC
            LIMIT 1
        ) p ON true
        LEFT JOIN LATERAL (
            SELECT mp.unit_id, mp.since
            FROM manager_post mp
            WHERE mp.manager_id = f.manager_id AND mp.since <= kbnorms.today()
            ORDER BY mp.since DESC
            LIMIT 1
        ) g ON true
        LEFT JOIN unit_place ep ON ep.unit_id = p.unit_id
        LEFT JOIN unit_place fp ON fp.unit_id = g.unit_id
        WHERE e.additional
            AND (coalesce(ep.office_id, p.unit_id) = coalesce(fp.office_id, g.unit_id)) IS NOT FALSE
            AND (SELECT r.enforcement FROM rule r WHERE r.code = 'multiple') <> 'off'
        GROUP BY e.manager_id, e.organization_id, e.bound_on, p.unit_id, p.since
    ) b
    JOIN manager m ON m.id = b.manager_id
    JOIN organization c ON c.id = b.organization_id
) v
LEFT JOIN organization h ON h.id = v.account_id
LEFT JOIN organization o ON o.id = v.organization_id
LEFT JOIN (
    SELECT l.manager_id, l.organization_id, max(l.bound_on) AS bound_on
    FROM binding_log l
    WHERE l.reason = 'import' AND l.memo_id IS NULL
    GROUP BY l.manager_id, l.organization_id
) i ON i.manager_id = v.manager_id AND i.organization_id = v.organization_id;
COMMENT ON VIEW violation IS
'What is to be mended today: one row for each account that a missed measure of compliance counts (with its figure and bound), one for every other missed measure, and bindings that the rules personal and multiple would not let in. Black-listed accounts are no violations.';
COMMENT ON COLUMN violation.month IS 'First day of the running month.';
COMMENT ON COLUMN violation.manager_id IS 'Whose base or duty it is.';
COMMENT ON COLUMN violation.manager_name IS 'His full name.';
COMMENT ON COLUMN violation.unit_id IS 'Unit of his (last) post.';
COMMENT ON COLUMN violation.account_id IS 'The account that is wrong with him; NULL where it is no single one.';
COMMENT ON COLUMN violation.account_name IS 'Name of its head organization.';
COMMENT ON COLUMN violation.organization_id IS
'The organization by which it is wrong, the first if there are several; where the account as a whole is wrong its head, if bound to him, else the first that is.';
COMMENT ON COLUMN violation.organization_name IS 'Its name.';
COMMENT ON COLUMN violation.rule IS 'What is broken: a measure of compliance, or the rule personal or multiple.';
COMMENT ON COLUMN violation.actual IS 'The figure of the measure, as in compliance; for multiple the holders of one office; NULL for personal.';
COMMENT ON COLUMN violation.bound IS 'The bound that it misses.';
COMMENT ON COLUMN violation.since IS
'Since when it is wrong, as far as that is known: bound, under a norm and in a post that do not allow it, and past the deadline where there is one. NULL where nothing says, as for a base below its minimum.';
COMMENT ON COLUMN violation.held_since_before IS
'Whether it came in before it was wrong: by the first load, or before the norm that it breaks applied to the manager. Such a case may shrink or swap, not grow.';
COMMENT ON COLUMN violation.what_to_do IS 'How to mend it, in the language of the session.';
COMMENT ON COLUMN violation.as_of IS 'The day that this is as of: today.';
COMMENT ON COLUMN violation.facts_through IS 'Last day that both feeds read by compliance, turnover and activity, are loaded through; NULL while one never was.';
