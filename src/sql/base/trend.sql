-- Months side by side: those on record from history, the running one live.
CREATE VIEW scorecard_trend WITH (security_invoker = true) AS
SELECT kbnorms.first_day(h.month) AS month,
    h.manager_id, h.manager_name, h.unit_id, h.unit_name, h."position", h.specialization, h.status::text,
    h.base_size::text, h.base_size_actual, h.paying_share::text, h.paying_share_actual, h.off_profile::text,
    h.off_profile_actual, h.client_group::text, h.client_group_actual, h.group_quota::text, h.group_quota_actual,
    h.territory::text, h.territory_actual, h.newcomer_territory::text, h.newcomer_territory_actual, h.meetings::text,
    h.meetings_actual, h.cold_calls::text, h.cold_calls_actual, h.respecialization::text, h.respecialization_actual,
    h.handover::text, h.handover_actual, h.head_meetings::text, h.head_meetings_actual, h.lead_own_meetings::text,
    h.lead_own_meetings_actual, h.lead_group_meetings::text, h.lead_group_meetings_actual, h.missed, h.compliant,
    h.as_of, h.facts_through
FROM scorecard_history h
WHERE h.month < kbnorms.month(kbnorms.today())
UNION ALL
SELECT c.month, c.manager_id, c.manager_name, c.unit_id, c.unit_name, c."position", c.specialization, c.status,
    c.base_size, c.base_size_actual, c.paying_share, c.paying_share_actual, c.off_profile, c.off_profile_actual,
    c.client_group, c.client_group_actual, c.group_quota, c.group_quota_actual, c.territory, c.territory_actual,
    c.newcomer_territory, c.newcomer_territory_actual, c.meetings, c.meetings_actual, c.cold_calls,
    c.cold_calls_actual, c.respecialization, c.respecialization_actual, c.handover, c.handover_actual, c.head_meetings,
    c.head_meetings_actual, c.lead_own_meetings, c.lead_own_meetings_actual, c.lead_group_meetings,
    c.lead_group_meetings_actual, c.missed, c.compliant, c.as_of, c.facts_through
FROM scorecard c;
COMMENT ON VIEW scorecard_trend IS
'The cards of all months: those on record as they were frozen, the running one as of today. A month that is over and not closed is not in it.';

CREATE VIEW unit_trend WITH (security_invoker = true) AS
SELECT h.*
FROM unit_scorecard_history h
WHERE h.month < kbnorms.first_day(kbnorms.month(kbnorms.today()))
UNION ALL
SELECT u.*
FROM unit_scorecard u;
COMMENT ON VIEW unit_trend IS
'The figures of units in all months: those on record as they were frozen, the running one as of today. A month that is over and not closed is not in it.';

-- The view shows months as dates.
CREATE INDEX scorecard_history_first_day ON scorecard_history (kbnorms.first_day(month));
COMMENT ON INDEX scorecard_history_first_day IS 'The scorecards of a month, given as a date.';

-- The columns of these views are those of the reports.
DO $$
DECLARE
    described record;
BEGIN
    FOR described IN
        SELECT v.view_name, a.attname, pg_catalog.col_description(a.attrelid, a.attnum) AS comment
        FROM (VALUES ('unit_scorecard', 'unit_scorecard_row'), ('unit_trend', 'unit_scorecard_row'),
            ('head_scorecard', 'head_scorecard_row'), ('scorecard_trend', 'scorecard_row')) v(view_name, row_type)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = v.row_type::pg_catalog.regclass AND a.attnum > 0
    LOOP
        EXECUTE pg_catalog.format('COMMENT ON COLUMN %I.%I IS %L', described.view_name, described.attname, described.comment);
    END LOOP;
END
$$;
