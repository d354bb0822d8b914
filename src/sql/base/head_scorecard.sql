-- Heads by their own norms, beside the figures of what they lead.
CREATE TYPE head_scorecard_row AS (
    month date,
    manager_id integer,
    manager_name text,
    "position" text,
    leads text,
    unit_id integer,
    unit_name text,
    kind text,
    head_meetings text,
    head_meetings_actual numeric,
    head_meetings_norm numeric,
    lead_own_meetings text,
    lead_own_meetings_actual numeric,
    lead_own_meetings_norm numeric,
    lead_group_meetings text,
    lead_group_meetings_actual numeric,
    lead_group_meetings_norm numeric,
    missed integer,
    compliant boolean,
    people bigint,
    managers bigint,
    compliant_managers bigint,
    compliant_share numeric,
    clients bigint,
    organizations bigint,
    paying bigint,
    paying_of_clients numeric,
    turnover numeric,
    blacklisted bigint,
    off_profile_accounts bigint,
    handover_accounts bigint,
    handover_accounts_missed bigint,
    as_of date,
    facts_through date
);
COMMENT ON TYPE head_scorecard_row IS 'A head in a month; row of head_scorecard.';
COMMENT ON COLUMN head_scorecard_row.month IS 'First day of the month.';
COMMENT ON COLUMN head_scorecard_row.manager_id IS 'The head.';
COMMENT ON COLUMN head_scorecard_row.manager_name IS 'The full name.';
COMMENT ON COLUMN head_scorecard_row."position" IS 'Position at as_of.';
COMMENT ON COLUMN head_scorecard_row.leads IS 'What the position leads: unit or group.';
COMMENT ON COLUMN head_scorecard_row.unit_id IS 'Unit of the post at as_of: of who leads a unit, that one.';
COMMENT ON COLUMN head_scorecard_row.unit_name IS 'Its name.';
COMMENT ON COLUMN head_scorecard_row.kind IS 'Its kind.';
COMMENT ON COLUMN head_scorecard_row.head_meetings IS 'Verdict: meetings outside the office of a head without a base; NULL where this is not for the person.';
COMMENT ON COLUMN head_scorecard_row.head_meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN head_scorecard_row.head_meetings_norm IS 'The least that meets the norm.';
COMMENT ON COLUMN head_scorecard_row.lead_own_meetings IS 'Verdict: meetings of a group lead with his own clients; NULL where this is not for the person.';
COMMENT ON COLUMN head_scorecard_row.lead_own_meetings_actual IS 'Figure: meetings with his own clients.';
COMMENT ON COLUMN head_scorecard_row.lead_own_meetings_norm IS 'The least that meets the norm.';
COMMENT ON COLUMN head_scorecard_row.lead_group_meetings IS 'Verdict: meetings of a group lead with clients of his group; NULL where this is not for the person.';
COMMENT ON COLUMN head_scorecard_row.lead_group_meetings_actual IS 'Figure: meetings with clients of the group.';
COMMENT ON COLUMN head_scorecard_row.lead_group_meetings_norm IS 'The least that meets the norm.';
COMMENT ON COLUMN head_scorecard_row.missed IS 'How many measures of the heads own card are missed; NULL where he has none.';
COMMENT ON COLUMN head_scorecard_row.compliant IS 'Whether none is; NULL where he has none.';
COMMENT ON COLUMN head_scorecard_row.people IS
'People with a card whom he leads: those of his unit and of all below it, or the managers whose posts name him as their lead.';
COMMENT ON COLUMN head_scorecard_row.managers IS 'Of these, on staff in a position that may hold a base and judged in at least one measure.';
COMMENT ON COLUMN head_scorecard_row.compliant_managers IS 'Of the managers, those who missed nothing.';
COMMENT ON COLUMN head_scorecard_row.compliant_share IS 'compliant_managers of managers, as a fraction; NULL without managers.';
COMMENT ON COLUMN head_scorecard_row.clients IS 'Accounts that those people hold, each counted once.';
COMMENT ON COLUMN head_scorecard_row.organizations IS 'Organizations that they hold, each counted once.';
COMMENT ON COLUMN head_scorecard_row.paying IS 'Accounts that paid with one of their holders, each counted once.';
COMMENT ON COLUMN head_scorecard_row.paying_of_clients IS 'paying of clients, as a fraction; NULL without clients.';
COMMENT ON COLUMN head_scorecard_row.turnover IS 'What the organizations bought in the month.';
COMMENT ON COLUMN head_scorecard_row.blacklisted IS 'Accounts on the black list of one of their holders, each counted once.';
COMMENT ON COLUMN head_scorecard_row.off_profile_accounts IS 'Off-profile accounts, counted in every base that holds them.';
COMMENT ON COLUMN head_scorecard_row.handover_accounts IS 'Accounts to be handed over, counted in every base.';
COMMENT ON COLUMN head_scorecard_row.handover_accounts_missed IS 'Of these, those whose time is up.';
COMMENT ON COLUMN head_scorecard_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';
COMMENT ON COLUMN head_scorecard_row.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';

CREATE TABLE head_scorecard_history (
    LIKE head_scorecard_row INCLUDING COMMENTS,
    PRIMARY KEY (month, manager_id),
    FOREIGN KEY (manager_id) REFERENCES manager,
    FOREIGN KEY (unit_id) REFERENCES unit
);
CREATE INDEX head_scorecard_history_manager ON head_scorecard_history (manager_id);
CREATE INDEX head_scorecard_history_unit ON head_scorecard_history (unit_id);
COMMENT ON TABLE head_scorecard_history IS
'Heads in closed months, frozen.';
COMMENT ON INDEX head_scorecard_history_manager IS 'The months of a head.';
COMMENT ON INDEX head_scorecard_history_unit IS 'The heads of a unit.';

CREATE FUNCTION heads_of(month kbnorms.month, manager_id bigint, units integer[], leads integer[]) RETURNS SETOF head_scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 500
BEGIN ATOMIC
    SELECT kbnorms.first_day(heads_of.month), p.manager_id, p.manager_name, p."position", k.leads, p.unit_id, u.name, u.kind::text,
        own.head_meetings, own.head_meetings_actual, own.head_meetings_norm,
        own.lead_own_meetings, own.lead_own_meetings_actual, own.lead_own_meetings_norm,
        own.lead_group_meetings, own.lead_group_meetings_actual, own.lead_group_meetings_norm,
        own.missed, own.missed = 0,
        coalesce(f.people, 0), coalesce(f.managers, 0), coalesce(f.compliant_managers, 0), f.compliant_share,
        coalesce(f.clients, 0), coalesce(f.organizations, 0), coalesce(f.paying, 0), f.paying_of_clients,
        coalesce(f.turnover, 0), coalesce(f.blacklisted, 0), coalesce(f.off_profile_accounts, 0),
        coalesce(f.handover_accounts, 0), coalesce(f.handover_accounts_missed, 0),
        kbnorms.as_of(heads_of.month),
        (SELECT t FROM facts_through('{turnover,activity}') t)
    FROM manager_at(kbnorms.as_of(heads_of.month)) p
    JOIN "position" k ON k.code = p."position"
    JOIN unit u ON u.id = p.unit_id
    LEFT JOIN (
        SELECT j.manager_id,
            max(j.verdict) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings_actual,
            max(j.norm_min) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings_norm,
            max(j.verdict) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings_actual,
            max(j.norm_min) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings_norm,
            max(j.verdict) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings_actual,
            max(j.norm_min) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings_norm,
            (count(*) FILTER (WHERE j.verdict = 'missed'))::integer AS missed
        FROM judged(heads_of.month) j
        GROUP BY j.manager_id
    ) own ON own.manager_id = p.manager_id
    LEFT JOIN team_figures(heads_of.month, heads_of.units, heads_of.leads) f ON (f.kind = 'group') = (k.leads = 'group')
        AND f.unit_id = CASE k.leads WHEN 'group' THEN p.manager_id ELSE p.unit_id END
    WHERE p.on_staff AND k.leads IS NOT NULL AND (heads_of.manager_id IS NULL OR p.manager_id = heads_of.manager_id);
END;
COMMENT ON FUNCTION heads_of(kbnorms.month, bigint, integer[], integer[]) IS
'The rows of head_scorecard computed anew, of all heads or of one; the teams are passed on to team_figures.';

CREATE FUNCTION head_scorecard(month kbnorms.month) RETURNS SETOF head_scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 500
BEGIN ATOMIC
    SELECT o.*
    FROM heads_of(head_scorecard.month, NULL, NULL, NULL) o
    WHERE NOT EXISTS (SELECT FROM closed_month z WHERE z.month = head_scorecard.month)
    UNION ALL
    SELECT h.*
    FROM head_scorecard_history h
    WHERE h.month = kbnorms.first_day(head_scorecard.month);
END;
COMMENT ON FUNCTION head_scorecard(kbnorms.month) IS
'Everyone on staff whose position leads a unit or a group: his own measures and the figures of what he leads; of a month on record the record.';

CREATE FUNCTION head_scorecard(month kbnorms.month, manager_id bigint) RETURNS SETOF head_scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT o.*
    FROM heads_of(head_scorecard.month, head_scorecard.manager_id,
        ARRAY(
            SELECT p.unit_id FROM manager_at(kbnorms.as_of(head_scorecard.month)) p
            WHERE p.manager_id = head_scorecard.manager_id AND p.unit_id IS NOT NULL),
        ARRAY(SELECT m.id FROM manager m WHERE m.id = head_scorecard.manager_id)) o
    WHERE head_scorecard.manager_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM closed_month z WHERE z.month = head_scorecard.month)
    UNION ALL
    SELECT h.*
    FROM head_scorecard_history h
    WHERE h.month = kbnorms.first_day(head_scorecard.month) AND h.manager_id = head_scorecard.manager_id;
END;
COMMENT ON FUNCTION head_scorecard(kbnorms.month, bigint) IS
'One head, as head_scorecard(month) has him; of what is not on record only what he leads is read.';

CREATE VIEW head_scorecard WITH (security_invoker = true) AS
SELECT h.*
FROM head_scorecard(kbnorms.month(kbnorms.today())) h;
COMMENT ON VIEW head_scorecard IS 'Heads in the running month, as of today.';
