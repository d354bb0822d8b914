-- The card of each person in a month: compliance, one row a person.
CREATE TYPE scorecard_row AS (
    month date,
    manager_id integer,
    manager_name text,
    unit_id integer,
    unit_name text,
    "position" text,
    specialization text,
    status text,
    base_size text,
    base_size_actual numeric,
    paying_share text,
    paying_share_actual numeric,
    off_profile text,
    off_profile_actual numeric,
    client_group text,
    client_group_actual numeric,
    group_quota text,
    group_quota_actual numeric,
    territory text,
    territory_actual numeric,
    newcomer_territory text,
    newcomer_territory_actual numeric,
    meetings text,
    meetings_actual numeric,
    cold_calls text,
    cold_calls_actual numeric,
    respecialization text,
    respecialization_actual numeric,
    handover text,
    handover_actual numeric,
    head_meetings text,
    head_meetings_actual numeric,
    lead_own_meetings text,
    lead_own_meetings_actual numeric,
    lead_group_meetings text,
    lead_group_meetings_actual numeric,
    missed integer,
    compliant boolean,
    as_of date,
    facts_through date
);
COMMENT ON TYPE scorecard_row IS 'The card of a person in a month; row of scorecard.';
COMMENT ON COLUMN scorecard_row.month IS 'First day of the month.';
COMMENT ON COLUMN scorecard_row.manager_id IS 'The person.';
COMMENT ON COLUMN scorecard_row.manager_name IS 'The full name.';
COMMENT ON COLUMN scorecard_row.unit_id IS 'Unit of the post at as_of.';
COMMENT ON COLUMN scorecard_row.unit_name IS 'Its name.';
COMMENT ON COLUMN scorecard_row."position" IS 'Position at as_of.';
COMMENT ON COLUMN scorecard_row.specialization IS 'Specialization at as_of.';
COMMENT ON COLUMN scorecard_row.status IS 'Status by tenure at as_of: intern, novice, experienced or veteran.';
COMMENT ON COLUMN scorecard_row.base_size IS 'Verdict: accounts in the base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.base_size_actual IS 'Figure: accounts in the base.';
COMMENT ON COLUMN scorecard_row.paying_share IS 'Verdict: share of the accounts that pay; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.paying_share_actual IS 'Figure: share of the accounts that pay.';
COMMENT ON COLUMN scorecard_row.off_profile IS 'Verdict: off-profile accounts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.off_profile_actual IS 'Figure: off-profile accounts.';
COMMENT ON COLUMN scorecard_row.client_group IS 'Verdict: accounts of forbidden client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.client_group_actual IS 'Figure: accounts of forbidden client groups.';
COMMENT ON COLUMN scorecard_row.group_quota IS 'Verdict: accounts above the caps of their client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.group_quota_actual IS 'Figure: accounts above the caps of their client groups.';
COMMENT ON COLUMN scorecard_row.territory IS 'Verdict: accounts outside the city without a justification that counts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.territory_actual IS 'Figure: accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard_row.newcomer_territory IS 'Verdict: accounts in territories, for novices who keep out of them; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.newcomer_territory_actual IS 'Figure: accounts in territories, for novices who keep out of them.';
COMMENT ON COLUMN scorecard_row.meetings IS 'Verdict: meetings outside the office; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN scorecard_row.cold_calls IS 'Verdict: cold calls; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.cold_calls_actual IS 'Figure: cold calls.';
COMMENT ON COLUMN scorecard_row.respecialization IS 'Verdict: accounts of the previous specialization that do not fit the present one; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.respecialization_actual IS 'Figure: accounts of the previous specialization that do not fit the present one.';
COMMENT ON COLUMN scorecard_row.handover IS 'Verdict: accounts to be handed over; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.handover_actual IS 'Figure: accounts to be handed over.';
COMMENT ON COLUMN scorecard_row.head_meetings IS 'Verdict: meetings outside the office of a head without a base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.head_meetings_actual IS 'Figure: meetings outside the office of a head without a base.';
COMMENT ON COLUMN scorecard_row.lead_own_meetings IS 'Verdict: meetings of a group lead with his own clients; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.lead_own_meetings_actual IS 'Figure: meetings of a group lead with his own clients.';
COMMENT ON COLUMN scorecard_row.lead_group_meetings IS 'Verdict: meetings of a group lead with clients of his group; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.lead_group_meetings_actual IS 'Figure: meetings of a group lead with clients of his group.';
COMMENT ON COLUMN scorecard_row.missed IS 'How many measures are missed.';
COMMENT ON COLUMN scorecard_row.compliant IS 'Whether none is.';
COMMENT ON COLUMN scorecard_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';
COMMENT ON COLUMN scorecard_row.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';

CREATE FUNCTION scorecard(month kbnorms.month) RETURNS SETOF scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT c.month, c.manager_id, c.manager_name, c.unit_id, u.name, c."position", c.specialization, c.status,
        c.base_size, c.base_size_actual,
        c.paying_share, c.paying_share_actual,
        c.off_profile, c.off_profile_actual,
        c.client_group, c.client_group_actual,
        c.group_quota, c.group_quota_actual,
        c.territory, c.territory_actual,
        c.newcomer_territory, c.newcomer_territory_actual,
        c.meetings, c.meetings_actual,
        c.cold_calls, c.cold_calls_actual,
        c.respecialization, c.respecialization_actual,
        c.handover, c.handover_actual,
        c.head_meetings, c.head_meetings_actual,
        c.lead_own_meetings, c.lead_own_meetings_actual,
        c.lead_group_meetings, c.lead_group_meetings_actual,
        c.missed, c.missed = 0, c.as_of,
        (SELECT f FROM facts_through('{turnover,activity}') f)
    FROM (
        SELECT j.month, j.manager_id, j.manager_name, j.unit_id, j."position", j.specialization, j.status, j.as_of,
            max(j.verdict) FILTER (WHERE j.measure = 'base_size') AS base_size,
            max(j.actual) FILTER (WHERE j.measure = 'base_size') AS base_size_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'paying_share') AS paying_share,
            max(j.actual) FILTER (WHERE j.measure = 'paying_share') AS paying_share_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'off_profile') AS off_profile,
            max(j.actual) FILTER (WHERE j.measure = 'off_profile') AS off_profile_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'client_group') AS client_group,
            max(j.actual) FILTER (WHERE j.measure = 'client_group') AS client_group_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'group_quota') AS group_quota,
            max(j.actual) FILTER (WHERE j.measure = 'group_quota') AS group_quota_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'territory') AS territory,
            max(j.actual) FILTER (WHERE j.measure = 'territory') AS territory_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'newcomer_territory') AS newcomer_territory,
            max(j.actual) FILTER (WHERE j.measure = 'newcomer_territory') AS newcomer_territory_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'meetings') AS meetings,
            max(j.actual) FILTER (WHERE j.measure = 'meetings') AS meetings_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'cold_calls') AS cold_calls,
            max(j.actual) FILTER (WHERE j.measure = 'cold_calls') AS cold_calls_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'respecialization') AS respecialization,
            max(j.actual) FILTER (WHERE j.measure = 'respecialization') AS respecialization_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'handover') AS handover,
            max(j.actual) FILTER (WHERE j.measure = 'handover') AS handover_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings_actual,
            (count(*) FILTER (WHERE j.verdict = 'missed'))::integer AS missed
        FROM judged(scorecard.month) j
        GROUP BY j.month, j.manager_id, j.manager_name, j.unit_id, j."position", j.specialization, j.status, j.as_of
    ) c
    LEFT JOIN unit u ON u.id = c.unit_id
    WHERE NOT EXISTS (SELECT FROM closed_month z WHERE z.month = scorecard.month)
    UNION ALL
    SELECT kbnorms.first_day(h.month), h.manager_id, h.manager_name, h.unit_id, h.unit_name, h."position", h.specialization,
        h.status::text,
        h.base_size::text, h.base_size_actual,
        h.paying_share::text, h.paying_share_actual,
        h.off_profile::text, h.off_profile_actual,
        h.client_group::text, h.client_group_actual,
        h.group_quota::text, h.group_quota_actual,
        h.territory::text, h.territory_actual,
        h.newcomer_territory::text, h.newcomer_territory_actual,
        h.meetings::text, h.meetings_actual,
        h.cold_calls::text, h.cold_calls_actual,
        h.respecialization::text, h.respecialization_actual,
        h.handover::text, h.handover_actual,
        h.head_meetings::text, h.head_meetings_actual,
        h.lead_own_meetings::text, h.lead_own_meetings_actual,
        h.lead_group_meetings::text, h.lead_group_meetings_actual,
        h.missed, h.compliant, h.as_of, h.facts_through
    FROM scorecard_history h
    WHERE h.month = scorecard.month;
END;
COMMENT ON FUNCTION scorecard(kbnorms.month) IS
'The card of every person in a month: compliance(month) with one row a person, the verdict and the figure of each measure.';

CREATE VIEW scorecard WITH (security_invoker = true) AS
SELECT c.month, c.manager_id, c.manager_name, c.unit_id, c.unit_name, c."position", c.specialization, c.status,
    c.base_size, c.base_size_actual, c.paying_share, c.paying_share_actual, c.off_profile, c.off_profile_actual,
    c.client_group, c.client_group_actual, c.group_quota, c.group_quota_actual, c.territory, c.territory_actual,
    c.newcomer_territory, c.newcomer_territory_actual, c.meetings, c.meetings_actual, c.cold_calls,
    c.cold_calls_actual, c.respecialization, c.respecialization_actual, c.handover, c.handover_actual,
    c.head_meetings, c.head_meetings_actual, c.lead_own_meetings, c.lead_own_meetings_actual,
    c.lead_group_meetings, c.lead_group_meetings_actual, c.missed, c.compliant, c.as_of, c.facts_through
FROM scorecard(kbnorms.month(kbnorms.today())) c;
COMMENT ON VIEW scorecard IS 'The card of every person in the running month, as of today.';
COMMENT ON COLUMN scorecard.month IS 'First day of the month.';
COMMENT ON COLUMN scorecard.manager_id IS 'The person.';
COMMENT ON COLUMN scorecard.manager_name IS 'The full name.';
COMMENT ON COLUMN scorecard.unit_id IS 'Unit of the post at as_of.';
COMMENT ON COLUMN scorecard.unit_name IS 'Its name.';
COMMENT ON COLUMN scorecard."position" IS 'Position at as_of.';
COMMENT ON COLUMN scorecard.specialization IS 'Specialization at as_of.';
COMMENT ON COLUMN scorecard.status IS 'Status by tenure at as_of: intern, novice, experienced or veteran.';
COMMENT ON COLUMN scorecard.base_size IS 'Verdict: accounts in the base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.base_size_actual IS 'Figure: accounts in the base.';
COMMENT ON COLUMN scorecard.paying_share IS 'Verdict: share of the accounts that pay; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.paying_share_actual IS 'Figure: share of the accounts that pay.';
COMMENT ON COLUMN scorecard.off_profile IS 'Verdict: off-profile accounts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.off_profile_actual IS 'Figure: off-profile accounts.';
COMMENT ON COLUMN scorecard.client_group IS 'Verdict: accounts of forbidden client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.client_group_actual IS 'Figure: accounts of forbidden client groups.';
COMMENT ON COLUMN scorecard.group_quota IS 'Verdict: accounts above the caps of their client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.group_quota_actual IS 'Figure: accounts above the caps of their client groups.';
COMMENT ON COLUMN scorecard.territory IS 'Verdict: accounts outside the city without a justification that counts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.territory_actual IS 'Figure: accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard.newcomer_territory IS 'Verdict: accounts in territories, for novices who keep out of them; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.newcomer_territory_actual IS 'Figure: accounts in territories, for novices who keep out of them.';
COMMENT ON COLUMN scorecard.meetings IS 'Verdict: meetings outside the office; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN scorecard.cold_calls IS 'Verdict: cold calls; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.cold_calls_actual IS 'Figure: cold calls.';
COMMENT ON COLUMN scorecard.respecialization IS 'Verdict: accounts of the previous specialization that do not fit the present one; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.respecialization_actual IS 'Figure: accounts of the previous specialization that do not fit the present one.';
COMMENT ON COLUMN scorecard.handover IS 'Verdict: accounts to be handed over; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.handover_actual IS 'Figure: accounts to be handed over.';
COMMENT ON COLUMN scorecard.head_meetings IS 'Verdict: meetings outside the office of a head without a base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.head_meetings_actual IS 'Figure: meetings outside the office of a head without a base.';
COMMENT ON COLUMN scorecard.lead_own_meetings IS 'Verdict: meetings of a group lead with his own clients; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.lead_own_meetings_actual IS 'Figure: meetings of a group lead with his own clients.';
COMMENT ON COLUMN scorecard.lead_group_meetings IS 'Verdict: meetings of a group lead with clients of his group; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.lead_group_meetings_actual IS 'Figure: meetings of a group lead with clients of his group.';
COMMENT ON COLUMN scorecard.missed IS 'How many measures are missed.';
COMMENT ON COLUMN scorecard.compliant IS 'Whether none is.';
COMMENT ON COLUMN scorecard.as_of IS 'The day that the month is judged by: its last one, today in the running month.';
COMMENT ON COLUMN scorecard.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';
