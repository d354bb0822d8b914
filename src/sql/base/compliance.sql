-- Every measure of every person in a month, judged.  All of it is plain SQL
-- without STRICT or SET, so that the planner inlines it and a filter on one
-- manager reads one manager.
CREATE TYPE judged_row AS (
    month date,
    manager_id integer,
    manager_name text,
    unit_id integer,
    "position" text,
    specialization text,
    status text,
    measure text,
    actual numeric,
    norm_min numeric,
    norm_max numeric,
    verdict text,
    as_of date,
    norm_since date,
    deadline date,
    bound_ons date[],
    wrong base_accounts_row[],
    waiver_id bigint
);
COMMENT ON TYPE judged_row IS 'A measure of a person in a month, with who he is; row of judged.';
COMMENT ON COLUMN judged_row.month IS 'First day of the month.';
COMMENT ON COLUMN judged_row.manager_id IS 'The person.';
COMMENT ON COLUMN judged_row.manager_name IS 'The full name.';
COMMENT ON COLUMN judged_row.unit_id IS 'Unit of the post at as_of.';
COMMENT ON COLUMN judged_row."position" IS 'Position at as_of.';
COMMENT ON COLUMN judged_row.specialization IS 'Specialization at as_of.';
COMMENT ON COLUMN judged_row.status IS 'Status by tenure at as_of.';
COMMENT ON COLUMN judged_row.measure IS 'The measure.';
COMMENT ON COLUMN judged_row.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN judged_row.norm_min IS 'The least that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN judged_row.norm_max IS 'The most that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN judged_row.verdict IS 'met, missed, pending (not met, with time left) or exempt (not regulated, or waived).';
COMMENT ON COLUMN judged_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';
COMMENT ON COLUMN judged_row.norm_since IS 'Since when he is under the norm: it is in force, and his post and tenure are those that it is for.';
COMMENT ON COLUMN judged_row.deadline IS 'The first day on which it is missed, or, for what leaves out misfits until then, on which they count; NULL where there is no such day.';
COMMENT ON COLUMN judged_row.bound_ons IS 'Since when the person has each account, whatever the measure.';
COMMENT ON COLUMN judged_row.waiver_id IS 'The waiver by which it is exempt; NULL where it is none''s doing.';
COMMENT ON COLUMN judged_row.wrong IS 'The accounts of the person that some measure counts, see base_figures, whatever the measure.';

-- Each branch of the inner UNION ALL is one measure: for whom, the figure (over
-- "of", where it is a share), the bounds that he is judged by and whether he
-- has time.  The verdict follows from these alone: no bound is exempt.
CREATE FUNCTION judged(month kbnorms.month, norms_on date, supposed base_at_row[]) RETURNS SETOF judged_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT kbnorms.first_day(judged.month), p.manager_id, p.manager_name, p.unit_id,
        p."position", p.specialization, p.status::text, v.measure,
        CASE WHEN v."of" IS NULL THEN v.figure ELSE v.figure / v."of" END,
        CASE WHEN x.id IS NULL THEN v.norm_min END, CASE WHEN x.id IS NULL THEN v.norm_max END,
        CASE
            WHEN x.id IS NOT NULL OR (v.norm_min IS NULL AND v.norm_max IS NULL) THEN 'exempt'
            WHEN (v.norm_min IS NULL OR v.figure >= v.norm_min * coalesce(v."of", 1))
                AND (v.norm_max IS NULL OR v.figure <= v.norm_max) THEN 'met'
            WHEN v.has_time THEN 'pending'
            ELSE 'missed'
        END,
        kbnorms.as_of(judged.month), v.norm_since, v.deadline::date,
        f.bound_ons, f.wrong, x.id
    FROM manager_at(kbnorms.as_of(judged.month)) p
    LEFT JOIN base_figures(kbnorms.as_of(judged.month), judged.month, judged.norms_on, judged.supposed) f ON f.manager_id = p.manager_id
    LEFT JOIN (
        SELECT a.manager_id,
            count(*) FILTER (WHERE a.kind = 'meeting' AND a.outside_office AND a.organization_id IS NOT NULL) AS meetings,
            count(*) FILTER (WHERE a.kind = 'cold_call') AS cold_calls
        FROM activity a
        WHERE a.happened_on BETWEEN kbnorms.first_day(judged.month) AND kbnorms.as_of(judged.month)
        GROUP BY a.manager_id
    ) act ON act.manager_id = p.manager_id
    LEFT JOIN LATERAL (
        SELECT y.paying_above, y.respecialization_months, y.handover_months
        FROM policy y
        WHERE y.effective_from <= judged.norms_on
        ORDER BY y.effective_from DESC
        LIMIT 1
    ) y ON true
    LEFT JOIN LATERAL (
        SELECT n.from_month, n.effective_from, n.min_accounts, n.max_accounts,
            n.min_meetings, n.min_meeting_share, n.min_cold_calls
        FROM norm_tenure n
        WHERE n.specialization = p.specialization AND n.from_month <= p.months_served
            AND n.effective_from <= judged.norms_on
        ORDER BY n.from_month DESC, n.effective_from DESC
        LIMIT 1
    ) nt ON true
    LEFT JOIN (
        SELECT DISTINCT ON (n.specialization) n.specialization, n.effective_from, n.min_paying_share, n.max_off_profile,
            n.territory_rule, n.newcomers_avoid_territories
        FROM norm_specialization n
        WHERE n.effective_from <= judged.norms_on
        ORDER BY n.specialization, n.effective_from DESC
    ) ns ON ns.specialization = p.specialization
    LEFT JOIN (
        SELECT DISTINCT ON (n."position") n."position", n.effective_from, n.min_meetings, n.min_own_meeting_share, n.min_group_meetings
        FROM norm_position n
        WHERE n.effective_from <= judged.norms_on
        ORDER BY n."position", n.effective_from DESC
    ) np ON np."position" = p."position"
    LEFT JOIN (
        -- who held the client of a lead's meeting that day, and in whose group
        WITH meeting AS NOT MATERIALIZED (
            SELECT a.id, a.manager_id, a.organization_id, a.happened_on
            FROM activity a
            WHERE a.happened_on BETWEEN kbnorms.first_day(judged.month) AND kbnorms.as_of(judged.month)
                AND a.kind = 'meeting' AND a.outside_office
                AND a.manager_id IN (
                    SELECT mp.manager_id
                    FROM manager_post mp JOIN norm_position n ON n."position" = mp."position"
                    WHERE n.min_own_meeting_share IS NOT NULL
                )
        ), held AS (
            SELECT g.id, g.manager_id, g.happened_on, b.manager_id AS holder_id
            FROM meeting g
            JOIN binding b ON b.organization_id = g.organization_id AND b.bound_on <= g.happened_on
            UNION ALL
            SELECT g.id, g.manager_id, g.happened_on, l.manager_id
            FROM meeting g
            JOIN binding_log l ON l.organization_id = g.organization_id AND l.bound_on <= g.happened_on
                AND l.unbound_on > g.happened_on AND l.unbound_on IS NOT NULL
        ), member AS (
            SELECT mp.lead_id, mp.manager_id,
                greatest(mp.since, m.hired_on) AS since,
                least(m.left_on, (
                    SELECT min(n.since) FROM manager_post n WHERE n.manager_id = mp.manager_id AND n.since > mp.since
                )) AS until
            FROM manager_post mp
            JOIN manager m ON m.id = mp.manager_id
            WHERE mp."position" = 'manager' AND mp.lead_id IS NOT NULL
        )
        SELECT h.manager_id,
            count(DISTINCT h.id) FILTER (WHERE h.holder_id = h.manager_id) AS own,
            count(DISTINCT h.id) FILTER (WHERE g.manager_id IS NOT NULL) AS of_group
        FROM held h
        LEFT JOIN member g ON g.lead_id = h.manager_id AND g.manager_id = h.holder_id
            AND g.since <= h.happened_on AND (g.until IS NULL OR g.until > h.happened_on)
        GROUP BY h.manager_id
    ) led ON led.manager_id = p.manager_id
    CROSS JOIN LATERAL (
        SELECT p.is_holder AND p.specialization IS NOT NULL AND p.status <> 'intern' AS is_judged,
            p.on_staff AND np.min_own_meeting_share IS NOT NULL AS is_lead,
            coalesce(f.accounts, 0) AS accounts,
            coalesce(act.meetings, 0) AS meetings,
            kbnorms.as_of(judged.month) = kbnorms.today() AS is_running,
            -- an incomplete first month is not judged
            kbnorms.first_day(judged.month) >= greatest(p.hired_on, p.novice_since, p.duty_since) AS is_whole,
            kbnorms.first_day(judged.month) >= greatest(p.hired_on, p.novice_since, p.position_since) AS is_whole_as_lead,
            kbnorms.first_day(judged.month) >= greatest(p.hired_on, p.position_since) AS is_whole_as_head,
            p.respecialized_on + make_interval(months => y.respecialization_months) AS respecialized_by,
            greatest(nt.effective_from, (p.novice_since + make_interval(months => greatest(nt.from_month, 0)))::date,
                p.respecialized_on, p.duty_since) AS tenure_since,
            greatest(ns.effective_from, p.respecialized_on, p.duty_since) AS norms_since
    ) w
    CROSS JOIN LATERAL (
        -- what is due, see base_accounts, and by when
        SELECT f.due,
            CASE
                WHEN p.holds_base AND p.left_on <= kbnorms.as_of(judged.month) THEN p.left_on
                ELSE least(p.left_on, p.duty_since)
            END + make_interval(months => y.handover_months) AS due_by
    ) hand
    CROSS JOIN LATERAL (
        SELECT 'base_size' AS measure, w.accounts::numeric AS figure, NULL::numeric AS "of",
            CASE WHEN w.is_judged THEN nt.min_accounts END::numeric AS norm_min,
            CASE WHEN w.is_judged THEN CASE WHEN nt.from_month IS NULL THEN 0 ELSE nt.max_accounts END END::numeric AS norm_max,
            kbnorms.as_of(judged.month) < w.respecialized_by AS has_time,
            w.tenure_since AS norm_since, w.respecialized_by AS deadline
        WHERE p.is_holder
        UNION ALL
        SELECT 'paying_share', CASE WHEN y.paying_above IS NOT NULL THEN f.paying END, f.accounts,
            CASE WHEN w.is_judged AND f.accounts > 0 AND y.paying_above IS NOT NULL THEN ns.min_paying_share END, NULL,
            w.is_running, w.norms_since, NULL
        WHERE p.is_holder
        UNION ALL
        SELECT 'off_profile', CASE WHEN p.specialization IS NOT NULL THEN coalesce(f.off_profile, 0) END, NULL,
            NULL, CASE WHEN w.is_judged THEN ns.max_off_profile END, false,
            w.norms_since, w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'client_group', CASE WHEN p.specialization IS NOT NULL THEN coalesce(f.forbidden, 0) END, NULL,
            NULL, CASE WHEN w.is_judged THEN 0 END, false, w.norms_since, w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'group_quota', CASE WHEN p.specialization IS NOT NULL THEN coalesce(f.above_caps, 0) END, NULL,
            NULL, CASE WHEN w.is_judged THEN 0 END, false, w.norms_since, w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'territory', CASE WHEN ns.territory_rule = 'city' THEN coalesce(f.outside_city, 0) END, NULL,
            NULL, CASE WHEN w.is_judged AND ns.territory_rule = 'city' THEN 0 END, false,
            w.norms_since, w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'newcomer_territory', CASE WHEN ns.newcomers_avoid_territories THEN coalesce(f.in_territory, 0) END, NULL,
            NULL, CASE WHEN w.is_judged AND ns.newcomers_avoid_territories AND p.status = 'novice' THEN 0 END, false,
            w.norms_since, w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'meetings', w.meetings, NULL,
            CASE WHEN w.is_judged AND w.is_whole
                THEN greatest(nt.min_meetings, nt.min_meeting_share * nullif(w.accounts, 0)) END, NULL, w.is_running,
            w.tenure_since, NULL
        WHERE p.is_holder
        UNION ALL
        SELECT 'cold_calls', coalesce(act.cold_calls, 0), NULL,
            CASE WHEN w.is_judged AND w.is_whole THEN nt.min_cold_calls END, NULL, w.is_running,
            w.tenure_since, NULL
        WHERE p.is_holder
        UNION ALL
        SELECT 'respecialization',
            CASE WHEN p.specialization IS NOT NULL AND p.respecialized_on IS NOT NULL THEN coalesce(f.misfits, 0) END, NULL,
            NULL, CASE WHEN w.is_judged AND w.respecialized_by IS NOT NULL THEN 0 END,
            kbnorms.as_of(judged.month) < w.respecialized_by, NULL, w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'handover', hand.due, NULL,
            NULL, CASE WHEN hand.due_by IS NOT NULL THEN 0 END, kbnorms.as_of(judged.month) < hand.due_by,
            NULL, hand.due_by
        WHERE hand.due > 0
        UNION ALL
        SELECT 'head_meetings', w.meetings, NULL,
            CASE WHEN w.is_whole_as_head THEN np.min_meetings END, NULL, w.is_running,
            greatest(np.effective_from, p.position_since), NULL
        WHERE p.on_staff AND NOT p.holds_base AND np.min_meetings IS NOT NULL
        UNION ALL
        SELECT 'lead_own_meetings', coalesce(led.own, 0), NULL,
            CASE WHEN w.is_judged AND w.is_whole_as_lead THEN np.min_own_meeting_share * nullif(w.accounts, 0) END, NULL,
            w.is_running,
            greatest(np.effective_from, p.position_since), NULL
        WHERE w.is_lead
        UNION ALL
        SELECT 'lead_group_meetings', coalesce(led.of_group, 0), NULL,
            CASE WHEN w.is_judged AND w.is_whole_as_lead THEN np.min_group_meetings END, NULL, w.is_running,
            greatest(np.effective_from, p.position_since), NULL
        WHERE w.is_lead
    ) v
    LEFT JOIN waiver_at(kbnorms.as_of(judged.month)) x ON x.manager_id = p.manager_id AND x.rule = v.measure
        AND num_nonnulls(v.norm_min, v.norm_max) > 0
    WHERE kbnorms.as_of(judged.month) IS NOT NULL;
END;
COMMENT ON FUNCTION judged(kbnorms.month, date, base_at_row[]) IS
'Every measure of a month with who the person is, by the norms in force on a day, of the bases of the time or of those that are supposed. No rows for a month that has not begun.';

CREATE FUNCTION judged(month kbnorms.month) RETURNS SETOF judged_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT j.month, j.manager_id, j.manager_name, j.unit_id, j."position", j.specialization, j.status, j.measure,
        j.actual, j.norm_min, j.norm_max, j.verdict, j.as_of, j.norm_since, j.deadline, j.bound_ons, j.wrong, j.waiver_id
    FROM judged(judged.month, kbnorms.as_of(judged.month), NULL) j;
END;
COMMENT ON FUNCTION judged(kbnorms.month) IS
'Every measure of a month with who the person is, by the norms of the day that it is judged by: what compliance and scorecard show. No rows for a month that has not begun.';

CREATE TYPE compliance_row AS (
    month date,
    manager_id integer,
    measure text,
    actual numeric,
    norm_min numeric,
    norm_max numeric,
    verdict text,
    as_of date,
    facts_through date,
    waiver_id bigint
);
COMMENT ON TYPE compliance_row IS 'A measure of a person in a month; row of compliance.';
COMMENT ON COLUMN compliance_row.month IS 'First day of the month.';
COMMENT ON COLUMN compliance_row.manager_id IS 'The person.';
COMMENT ON COLUMN compliance_row.measure IS
'base_size, paying_share, off_profile, client_group, group_quota, territory, newcomer_territory, meetings, cold_calls, respecialization, handover, head_meetings, lead_own_meetings or lead_group_meetings.';
COMMENT ON COLUMN compliance_row.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN compliance_row.norm_min IS 'The least that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance_row.norm_max IS 'The most that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance_row.verdict IS 'met, missed, pending (not met, with time left) or exempt (not regulated, or waived).';
COMMENT ON COLUMN compliance_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';
COMMENT ON COLUMN compliance_row.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';
COMMENT ON COLUMN compliance_row.waiver_id IS 'The waiver by which it is exempt; NULL where it is none''s doing.';

-- Judged anew or read from the record: whether the month is on record is asked
-- once, and the branch that is not wanted is not executed.
CREATE FUNCTION compliance(month kbnorms.month) RETURNS SETOF compliance_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT j.month, j.manager_id, j.measure, j.actual, j.norm_min, j.norm_max, j.verdict, j.as_of,
        (SELECT f FROM facts_through('{turnover,activity}') f), j.waiver_id
    FROM judged(compliance.month) j
    WHERE NOT EXISTS (SELECT FROM closed_month z WHERE z.month = compliance.month)
    UNION ALL
    SELECT kbnorms.first_day(h.month), h.manager_id, h.measure, h.actual, h.norm_min, h.norm_max, h.verdict::text, h.as_of,
        h.facts_through, h.waiver_id
    FROM compliance_history h
    WHERE h.month = compliance.month;
END;
COMMENT ON FUNCTION compliance(kbnorms.month) IS
'Compliance of a month: one row per person and measure that applies to him. A month on record is read from there; any other that is over is judged as of its last day, the running one as of today; no rows for a month that has not begun.';

CREATE VIEW compliance WITH (security_invoker = true) AS
SELECT c.month, c.manager_id, c.measure, c.actual, c.norm_min, c.norm_max, c.verdict, c.as_of, c.facts_through, c.waiver_id
FROM compliance(kbnorms.month(kbnorms.today())) c;
COMMENT ON VIEW compliance IS 'Compliance of the running month, as of today.';
COMMENT ON COLUMN compliance.month IS 'First day of the month.';
COMMENT ON COLUMN compliance.manager_id IS 'The person.';
COMMENT ON COLUMN compliance.measure IS 'The measure, as in compliance(month).';
COMMENT ON COLUMN compliance.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN compliance.norm_min IS 'The least that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance.norm_max IS 'The most that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance.verdict IS 'met, missed, pending (not met, with time left) or exempt (not regulated, or waived).';
COMMENT ON COLUMN compliance.as_of IS 'The day that the month is judged by: today.';
COMMENT ON COLUMN compliance.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';
COMMENT ON COLUMN compliance.waiver_id IS 'The waiver by which it is exempt; NULL where it is none''s doing.';
