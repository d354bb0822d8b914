-- Units in figures: what the people of a unit and of all below it add up to.
CREATE TYPE unit_scorecard_row AS (
    month date,
    unit_id integer,
    parent_id integer,
    unit_name text,
    kind text,
    people bigint,
    managers bigint,
    compliant_managers bigint,
    compliant_share numeric,
    base_size_judged bigint,
    base_size_met bigint,
    base_size_missed bigint,
    base_size_pending bigint,
    base_size_exempt bigint,
    base_size_share numeric,
    paying_share_judged bigint,
    paying_share_met bigint,
    paying_share_missed bigint,
    paying_share_pending bigint,
    paying_share_exempt bigint,
    paying_share_share numeric,
    off_profile_judged bigint,
    off_profile_met bigint,
    off_profile_missed bigint,
    off_profile_pending bigint,
    off_profile_exempt bigint,
    off_profile_share numeric,
    client_group_judged bigint,
    client_group_met bigint,
    client_group_missed bigint,
    client_group_pending bigint,
    client_group_exempt bigint,
    client_group_share numeric,
    group_quota_judged bigint,
    group_quota_met bigint,
    group_quota_missed bigint,
    group_quota_pending bigint,
    group_quota_exempt bigint,
    group_quota_share numeric,
    territory_judged bigint,
    territory_met bigint,
    territory_missed bigint,
    territory_pending bigint,
    territory_exempt bigint,
    territory_share numeric,
    newcomer_territory_judged bigint,
    newcomer_territory_met bigint,
    newcomer_territory_missed bigint,
    newcomer_territory_pending bigint,
    newcomer_territory_exempt bigint,
    newcomer_territory_share numeric,
    meetings_judged bigint,
    meetings_met bigint,
    meetings_missed bigint,
    meetings_pending bigint,
    meetings_exempt bigint,
    meetings_share numeric,
    cold_calls_judged bigint,
    cold_calls_met bigint,
    cold_calls_missed bigint,
    cold_calls_pending bigint,
    cold_calls_exempt bigint,
    cold_calls_share numeric,
    respecialization_judged bigint,
    respecialization_met bigint,
    respecialization_missed bigint,
    respecialization_pending bigint,
    respecialization_exempt bigint,
    respecialization_share numeric,
    handover_judged bigint,
    handover_met bigint,
    handover_missed bigint,
    handover_pending bigint,
    handover_exempt bigint,
    handover_share numeric,
    head_meetings_judged bigint,
    head_meetings_met bigint,
    head_meetings_missed bigint,
    head_meetings_pending bigint,
    head_meetings_exempt bigint,
    head_meetings_share numeric,
    lead_own_meetings_judged bigint,
    lead_own_meetings_met bigint,
    lead_own_meetings_missed bigint,
    lead_own_meetings_pending bigint,
    lead_own_meetings_exempt bigint,
    lead_own_meetings_share numeric,
    lead_group_meetings_judged bigint,
    lead_group_meetings_met bigint,
    lead_group_meetings_missed bigint,
    lead_group_meetings_pending bigint,
    lead_group_meetings_exempt bigint,
    lead_group_meetings_share numeric,
    clients bigint,
    clients_shared bigint,
    organizations bigint,
    organizations_shared bigint,
    paying bigint,
    paying_shared bigint,
    paying_of_clients numeric,
    turnover numeric,
    turnover_shared numeric,
    blacklisted bigint,
    blacklisted_shared bigint,
    off_profile_accounts bigint,
    handover_accounts bigint,
    handover_accounts_missed bigint,
    as_of date,
    facts_through date
);
COMMENT ON TYPE unit_scorecard_row IS 'The figures of a unit in a month; row of unit_scorecard.';
COMMENT ON COLUMN unit_scorecard_row.month IS 'First day of the month.';
COMMENT ON COLUMN unit_scorecard_row.unit_id IS 'The unit.';
COMMENT ON COLUMN unit_scorecard_row.parent_id IS 'The unit above it; NULL at the top.';
COMMENT ON COLUMN unit_scorecard_row.unit_name IS 'Its name.';
COMMENT ON COLUMN unit_scorecard_row.kind IS 'Its kind: centre, region, cluster, office, service or vtc.';
COMMENT ON COLUMN unit_scorecard_row.people IS 'People of the unit and of all below it who have a card in the month: the rows of scorecard.';
COMMENT ON COLUMN unit_scorecard_row.managers IS 'Of these, on staff in a position that may hold a base and judged in at least one measure.';
COMMENT ON COLUMN unit_scorecard_row.compliant_managers IS 'Of the managers, those who missed nothing.';
COMMENT ON COLUMN unit_scorecard_row.compliant_share IS 'compliant_managers of managers, as a fraction; NULL without managers.';
COMMENT ON COLUMN unit_scorecard_row.base_size_judged IS 'People judged in base_size (accounts within the bounds): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.base_size_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.base_size_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.base_size_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.base_size_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.base_size_share IS 'base_size_met of base_size_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.paying_share_judged IS 'People judged in paying_share (share of accounts that pay): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.paying_share_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.paying_share_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.paying_share_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.paying_share_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.paying_share_share IS 'paying_share_met of paying_share_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_judged IS 'People judged in off_profile (off-profile accounts): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_share IS 'off_profile_met of off_profile_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.client_group_judged IS 'People judged in client_group (accounts of forbidden client groups): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.client_group_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.client_group_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.client_group_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.client_group_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.client_group_share IS 'client_group_met of client_group_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.group_quota_judged IS 'People judged in group_quota (accounts above the caps of their client groups): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.group_quota_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.group_quota_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.group_quota_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.group_quota_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.group_quota_share IS 'group_quota_met of group_quota_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.territory_judged IS 'People judged in territory (accounts outside the city): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.territory_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.territory_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.territory_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.territory_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.territory_share IS 'territory_met of territory_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.newcomer_territory_judged IS 'People judged in newcomer_territory (accounts of novices in territories): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.newcomer_territory_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.newcomer_territory_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.newcomer_territory_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.newcomer_territory_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.newcomer_territory_share IS 'newcomer_territory_met of newcomer_territory_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.meetings_judged IS 'People judged in meetings (meetings outside the office): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.meetings_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.meetings_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.meetings_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.meetings_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.meetings_share IS 'meetings_met of meetings_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.cold_calls_judged IS 'People judged in cold_calls (cold calls): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.cold_calls_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.cold_calls_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.cold_calls_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.cold_calls_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.cold_calls_share IS 'cold_calls_met of cold_calls_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.respecialization_judged IS 'People judged in respecialization (accounts of a previous specialization): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.respecialization_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.respecialization_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.respecialization_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.respecialization_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.respecialization_share IS 'respecialization_met of respecialization_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.handover_judged IS 'People judged in handover (accounts to be handed over): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.handover_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.handover_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.handover_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.handover_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.handover_share IS 'handover_met of handover_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.head_meetings_judged IS 'People judged in head_meetings (meetings of heads without a base): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.head_meetings_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.head_meetings_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.head_meetings_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.head_meetings_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.head_meetings_share IS 'head_meetings_met of head_meetings_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.lead_own_meetings_judged IS 'People judged in lead_own_meetings (meetings of group leads with their own clients): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.lead_own_meetings_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.lead_own_meetings_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.lead_own_meetings_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.lead_own_meetings_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.lead_own_meetings_share IS 'lead_own_meetings_met of lead_own_meetings_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.lead_group_meetings_judged IS
'People judged in lead_group_meetings (meetings of group leads with clients of their groups): met, missed or pending.';
COMMENT ON COLUMN unit_scorecard_row.lead_group_meetings_met IS 'Of these, met.';
COMMENT ON COLUMN unit_scorecard_row.lead_group_meetings_missed IS 'Of these, missed.';
COMMENT ON COLUMN unit_scorecard_row.lead_group_meetings_pending IS 'Of these, pending: not met, with time left.';
COMMENT ON COLUMN unit_scorecard_row.lead_group_meetings_exempt IS 'People with this measure who are exempt; not among the judged.';
COMMENT ON COLUMN unit_scorecard_row.lead_group_meetings_share IS 'lead_group_meetings_met of lead_group_meetings_judged, as a fraction; NULL where nobody is judged.';
COMMENT ON COLUMN unit_scorecard_row.clients IS 'Accounts of which people of the unit or below it hold an organization, each counted once.';
COMMENT ON COLUMN unit_scorecard_row.clients_shared IS
'What counting each account once takes off the sum of the parts: the clients of the units right below and the accounts of each person in the unit itself, less clients_shared, are clients.';
COMMENT ON COLUMN unit_scorecard_row.organizations IS 'Organizations that they hold, each counted once.';
COMMENT ON COLUMN unit_scorecard_row.organizations_shared IS 'What counting each organization once takes off the sum of the parts, as in clients_shared.';
COMMENT ON COLUMN unit_scorecard_row.paying IS
'Accounts that paid with one of their holders: his organizations of the account bought for more than policy.paying_above in the month.';
COMMENT ON COLUMN unit_scorecard_row.paying_shared IS 'What counting each paying account once takes off the sum of the parts, as in clients_shared.';
COMMENT ON COLUMN unit_scorecard_row.paying_of_clients IS 'paying of clients, as a fraction; NULL without clients.';
COMMENT ON COLUMN unit_scorecard_row.turnover IS 'What the organizations bought in the month.';
COMMENT ON COLUMN unit_scorecard_row.turnover_shared IS 'What counting each organization once takes off the sum of the parts, as in clients_shared.';
COMMENT ON COLUMN unit_scorecard_row.blacklisted IS 'Accounts on the black list of one of their holders, each counted once.';
COMMENT ON COLUMN unit_scorecard_row.blacklisted_shared IS 'What counting each black-listed account once takes off the sum of the parts, as in clients_shared.';
COMMENT ON COLUMN unit_scorecard_row.off_profile_accounts IS 'Off-profile accounts, counted in every base that holds them: the sum of off_profile_actual of the cards.';
COMMENT ON COLUMN unit_scorecard_row.handover_accounts IS
'Accounts to be handed over, counted in every base: the sum of handover_actual of the cards. handover_judged says of how many people.';
COMMENT ON COLUMN unit_scorecard_row.handover_accounts_missed IS 'Of these, those whose time is up. handover_missed says of how many people.';
COMMENT ON COLUMN unit_scorecard_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';
COMMENT ON COLUMN unit_scorecard_row.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';

CREATE TABLE unit_scorecard_history (
    LIKE unit_scorecard_row INCLUDING COMMENTS,
    PRIMARY KEY (month, unit_id),
    FOREIGN KEY (unit_id) REFERENCES unit
);
CREATE INDEX unit_scorecard_history_unit ON unit_scorecard_history (unit_id);
COMMENT ON TABLE unit_scorecard_history IS
'The figures of units in closed months, frozen.';
COMMENT ON INDEX unit_scorecard_history_unit IS 'The months of a unit.';

-- A filter on several people does not reach their bases, one on a person does:
-- few are judged one by one.
CREATE FUNCTION judged_of(month kbnorms.month, people integer[])
RETURNS TABLE (manager_id integer, measure text, verdict text, actual numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10000
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
AS $$
BEGIN
    IF cardinality(people) <= 100 THEN
        RETURN QUERY
        SELECT j.manager_id, j.measure, j.verdict, j.actual
        FROM unnest(people) AS p(id)
        CROSS JOIN LATERAL (SELECT * FROM judged(judged_of.month) r WHERE r.manager_id = p.id OFFSET 0) j;
    ELSE
        RETURN QUERY
        SELECT j.manager_id, j.measure, j.verdict, j.actual
        FROM judged(judged_of.month) j
        WHERE people IS NULL OR j.manager_id = ANY (people);
    END IF;
END
$$;
COMMENT ON FUNCTION judged_of(kbnorms.month, integer[]) IS
'What judged says of some people, or of everybody where people is NULL.';

-- A team is a unit with all below it, or a group: the managers on staff whose
-- posts name one lead.  A part of it is a unit right below it or a person in the
-- unit itself.  What a person holds is counted where the last post stands, a
-- leaver's too.
--
-- What a team's people hold is summed up; what several of them hold, which is
-- little, is then taken off as often as it was counted too many times.
--
-- Not inlined: no filter would reach the tables through the sums, and the plan
-- would take longer to compile than to run.
CREATE FUNCTION team_figures(month kbnorms.month, units integer[] DEFAULT NULL, leads integer[] DEFAULT NULL) RETURNS SETOF unit_scorecard_row
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 200
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan -- whether units are named makes two plans
AS $$
DECLARE
    last_day CONSTANT date := as_of(month);
    paying_above CONSTANT numeric := (
        SELECT y.paying_above FROM policy y WHERE y.effective_from <= last_day ORDER BY y.effective_from DESC LIMIT 1);
    people integer[];
BEGIN
    IF units IS NOT NULL THEN
        -- UNION, not UNION ALL: a loop in the tree ends there.
        WITH RECURSIVE below AS (
            SELECT unnest(units) AS unit_id
            UNION
            SELECT u.id FROM below b JOIN unit u ON u.parent_id = b.unit_id
        )
        SELECT coalesce(array_agg(p.manager_id), '{}') INTO people
        FROM manager_at(last_day) p
        WHERE p.unit_id IN (SELECT b.unit_id FROM below b) OR p.lead_id = ANY (leads);
    END IF;

    RETURN QUERY
    WITH RECURSIVE above(unit_id, team_id, part_id) AS (
        SELECT u.id, u.id, NULL::integer
        FROM unit u
        UNION
        SELECT a.unit_id, u.parent_id, u.id
        FROM above a
        JOIN unit u ON u.id = a.team_id
        WHERE u.parent_id IS NOT NULL
    ), person AS (
        SELECT p.manager_id, p.unit_id,
            CASE WHEN p.on_staff AND p.position = 'manager' THEN p.lead_id END AS lead_id
        FROM manager_at(last_day) p
        WHERE people IS NULL OR p.manager_id = ANY (people)
    ), member AS (
        SELECT false AS is_group, a.team_id, a.part_id AS part_unit,
            CASE WHEN a.part_id IS NULL THEN p.manager_id END AS part_manager, p.manager_id
        FROM person p
        JOIN above a ON a.unit_id = p.unit_id
        WHERE units IS NULL OR a.team_id = ANY (units)
        UNION ALL
        SELECT true, p.lead_id, NULL, p.manager_id, p.manager_id
        FROM person p
        WHERE p.lead_id IS NOT NULL AND (units IS NULL OR p.lead_id = ANY (leads))
    ), verdict AS (
        SELECT j.manager_id, j.measure, j.verdict, j.actual
        FROM judged_of(team_figures.month, people) j
    ), held AS (
        SELECT b.manager_id, b.organization_id, o.account_id, coalesce(t.amount, 0) AS amount,
            count(*) OVER (PARTITION BY b.organization_id) > 1 AS is_shared
        FROM base_at(last_day) b
        JOIN organization o ON o.id = b.organization_id
        LEFT JOIN turnover t ON t.organization_id = b.organization_id AND t.month = team_figures.month
        WHERE people IS NULL OR b.manager_id = ANY (people)
    ), pair AS (
        SELECT h.manager_id, h.account_id, h.organizations, h.amount,
            coalesce(h.amount > paying_above, false) AS is_paying,
            l.account_id IS NOT NULL AS is_listed,
            count(*) OVER (PARTITION BY h.account_id) > 1 AS is_shared
        FROM (
            SELECT h.manager_id, h.account_id, count(*) AS organizations, sum(h.amount) AS amount
            FROM held h
            GROUP BY h.manager_id, h.account_id
        ) h
        LEFT JOIN blacklist(team_figures.month) l ON l.manager_id = h.manager_id AND l.account_id = h.account_id
            AND (people IS NULL OR l.manager_id = ANY (people))
    ), card AS (
        SELECT v.manager_id,
            bool_or(v.measure = 'base_size') AND bool_or(v.verdict <> 'exempt') AS is_manager,
            bool_or(v.verdict = 'missed') AS has_missed,
            coalesce(sum(v.actual) FILTER (WHERE v.measure = 'off_profile'), 0) AS off_profile,
            coalesce(sum(v.actual) FILTER (WHERE v.measure = 'handover'), 0) AS due,
            coalesce(sum(v.actual) FILTER (WHERE v.measure = 'handover' AND v.verdict = 'missed'), 0) AS due_missed
        FROM verdict v
        GROUP BY v.manager_id
    ), base AS (
        SELECT p.manager_id, count(*) AS accounts, sum(p.organizations) AS organizations, sum(p.amount) AS amount,
            count(*) FILTER (WHERE p.is_paying) AS paying, count(*) FILTER (WHERE p.is_listed) AS listed
        FROM pair p
        GROUP BY p.manager_id
    ), summed AS (
        SELECT m.is_group, m.team_id,
            count(c.manager_id) AS people,
            count(*) FILTER (WHERE c.is_manager) AS managers,
            count(*) FILTER (WHERE c.is_manager AND NOT c.has_missed) AS compliant_managers,
            coalesce(sum(c.off_profile), 0) AS off_profile,
            coalesce(sum(c.due), 0) AS due,
            coalesce(sum(c.due_missed), 0) AS due_missed,
            coalesce(sum(b.accounts), 0) AS accounts,
            coalesce(sum(b.organizations), 0) AS organizations,
            coalesce(sum(b.amount), 0) AS amount,
            coalesce(sum(b.paying), 0) AS paying,
            coalesce(sum(b.listed), 0) AS listed
        FROM member m
        LEFT JOIN card c ON c.manager_id = m.manager_id
        LEFT JOIN base b ON b.manager_id = m.manager_id
        GROUP BY m.is_group, m.team_id
        HAVING count(c.manager_id) > 0
    ), shared_account AS (
        SELECT a.is_group, a.team_id,
            sum(a.holders - 1) AS clients, sum(a.parts - 1) AS client_parts,
            sum(a.payers - 1) FILTER (WHERE a.payers > 0) AS paying, sum(a.paying_parts - 1) FILTER (WHERE a.payers > 0) AS paying_parts,
            sum(a.listers - 1) FILTER (WHERE a.listers > 0) AS listed, sum(a.listed_parts - 1) FILTER (WHERE a.listers > 0) AS listed_parts
        FROM (
            SELECT p.is_group, p.team_id, p.account_id,
                sum(p.holders) AS holders, count(*) AS parts,
                sum(p.payers) AS payers, count(*) FILTER (WHERE p.payers > 0) AS paying_parts,
                sum(p.listers) AS listers, count(*) FILTER (WHERE p.listers > 0) AS listed_parts
            FROM (
                SELECT m.is_group, m.team_id, s.account_id, count(*) AS holders,
                    count(*) FILTER (WHERE s.is_paying) AS payers, count(*) FILTER (WHERE s.is_listed) AS listers
                FROM member m
                JOIN pair s ON s.manager_id = m.manager_id
                WHERE s.is_shared
                GROUP BY m.is_group, m.team_id, m.part_unit, m.part_manager, s.account_id
            ) p
            GROUP BY p.is_group, p.team_id, p.account_id
        ) a
        GROUP BY a.is_group, a.team_id
    ), shared_organization AS (
        SELECT o.is_group, o.team_id,
            sum(o.holders - 1) AS organizations, sum(o.parts - 1) AS organization_parts,
            sum(o.amount * (o.holders - 1)) AS amount, sum(o.amount * (o.parts - 1)) AS amount_parts
        FROM (
            SELECT p.is_group, p.team_id, p.organization_id, sum(p.holders) AS holders, count(*) AS parts, max(p.amount) AS amount
            FROM (
                SELECT m.is_group, m.team_id, s.organization_id, count(*) AS holders, max(s.amount) AS amount
                FROM member m
                JOIN held s ON s.manager_id = m.manager_id
                WHERE s.is_shared
                GROUP BY m.is_group, m.team_id, m.part_unit, m.part_manager, s.organization_id
            ) p
            GROUP BY p.is_group, p.team_id, p.organization_id
        ) o
        GROUP BY o.is_group, o.team_id
    ), cell AS (
        SELECT m.is_group, m.team_id, v.measure, v.verdict, count(*)::integer AS n
        FROM member m
        JOIN verdict v ON v.manager_id = m.manager_id
        GROUP BY m.is_group, m.team_id, v.measure, v.verdict
    ), measured AS (
        SELECT c.is_group, c.team_id,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'base_size' AND c.verdict <> 'exempt'), 0) AS base_size_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'base_size' AND c.verdict = 'met'), 0) AS base_size_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'base_size' AND c.verdict = 'missed'), 0) AS base_size_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'base_size' AND c.verdict = 'pending'), 0) AS base_size_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'base_size' AND c.verdict = 'exempt'), 0) AS base_size_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'paying_share' AND c.verdict <> 'exempt'), 0) AS paying_share_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'paying_share' AND c.verdict = 'met'), 0) AS paying_share_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'paying_share' AND c.verdict = 'missed'), 0) AS paying_share_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'paying_share' AND c.verdict = 'pending'), 0) AS paying_share_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'paying_share' AND c.verdict = 'exempt'), 0) AS paying_share_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'off_profile' AND c.verdict <> 'exempt'), 0) AS off_profile_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'off_profile' AND c.verdict = 'met'), 0) AS off_profile_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'off_profile' AND c.verdict = 'missed'), 0) AS off_profile_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'off_profile' AND c.verdict = 'pending'), 0) AS off_profile_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'off_profile' AND c.verdict = 'exempt'), 0) AS off_profile_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'client_group' AND c.verdict <> 'exempt'), 0) AS client_group_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'client_group' AND c.verdict = 'met'), 0) AS client_group_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'client_group' AND c.verdict = 'missed'), 0) AS client_group_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'client_group' AND c.verdict = 'pending'), 0) AS client_group_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'client_group' AND c.verdict = 'exempt'), 0) AS client_group_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'group_quota' AND c.verdict <> 'exempt'), 0) AS group_quota_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'group_quota' AND c.verdict = 'met'), 0) AS group_quota_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'group_quota' AND c.verdict = 'missed'), 0) AS group_quota_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'group_quota' AND c.verdict = 'pending'), 0) AS group_quota_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'group_quota' AND c.verdict = 'exempt'), 0) AS group_quota_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'territory' AND c.verdict <> 'exempt'), 0) AS territory_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'territory' AND c.verdict = 'met'), 0) AS territory_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'territory' AND c.verdict = 'missed'), 0) AS territory_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'territory' AND c.verdict = 'pending'), 0) AS territory_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'territory' AND c.verdict = 'exempt'), 0) AS territory_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'newcomer_territory' AND c.verdict <> 'exempt'), 0) AS newcomer_territory_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'newcomer_territory' AND c.verdict = 'met'), 0) AS newcomer_territory_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'newcomer_territory' AND c.verdict = 'missed'), 0) AS newcomer_territory_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'newcomer_territory' AND c.verdict = 'pending'), 0) AS newcomer_territory_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'newcomer_territory' AND c.verdict = 'exempt'), 0) AS newcomer_territory_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'meetings' AND c.verdict <> 'exempt'), 0) AS meetings_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'meetings' AND c.verdict = 'met'), 0) AS meetings_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'meetings' AND c.verdict = 'missed'), 0) AS meetings_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'meetings' AND c.verdict = 'pending'), 0) AS meetings_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'meetings' AND c.verdict = 'exempt'), 0) AS meetings_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'cold_calls' AND c.verdict <> 'exempt'), 0) AS cold_calls_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'cold_calls' AND c.verdict = 'met'), 0) AS cold_calls_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'cold_calls' AND c.verdict = 'missed'), 0) AS cold_calls_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'cold_calls' AND c.verdict = 'pending'), 0) AS cold_calls_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'cold_calls' AND c.verdict = 'exempt'), 0) AS cold_calls_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'respecialization' AND c.verdict <> 'exempt'), 0) AS respecialization_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'respecialization' AND c.verdict = 'met'), 0) AS respecialization_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'respecialization' AND c.verdict = 'missed'), 0) AS respecialization_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'respecialization' AND c.verdict = 'pending'), 0) AS respecialization_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'respecialization' AND c.verdict = 'exempt'), 0) AS respecialization_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'handover' AND c.verdict <> 'exempt'), 0) AS handover_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'handover' AND c.verdict = 'met'), 0) AS handover_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'handover' AND c.verdict = 'missed'), 0) AS handover_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'handover' AND c.verdict = 'pending'), 0) AS handover_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'handover' AND c.verdict = 'exempt'), 0) AS handover_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'head_meetings' AND c.verdict <> 'exempt'), 0) AS head_meetings_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'head_meetings' AND c.verdict = 'met'), 0) AS head_meetings_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'head_meetings' AND c.verdict = 'missed'), 0) AS head_meetings_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'head_meetings' AND c.verdict = 'pending'), 0) AS head_meetings_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'head_meetings' AND c.verdict = 'exempt'), 0) AS head_meetings_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_own_meetings' AND c.verdict <> 'exempt'), 0) AS lead_own_meetings_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_own_meetings' AND c.verdict = 'met'), 0) AS lead_own_meetings_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_own_meetings' AND c.verdict = 'missed'), 0) AS lead_own_meetings_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_own_meetings' AND c.verdict = 'pending'), 0) AS lead_own_meetings_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_own_meetings' AND c.verdict = 'exempt'), 0) AS lead_own_meetings_exempt,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_group_meetings' AND c.verdict <> 'exempt'), 0) AS lead_group_meetings_judged,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_group_meetings' AND c.verdict = 'met'), 0) AS lead_group_meetings_met,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_group_meetings' AND c.verdict = 'missed'), 0) AS lead_group_meetings_missed,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_group_meetings' AND c.verdict = 'pending'), 0) AS lead_group_meetings_pending,
            coalesce(sum(c.n) FILTER (WHERE c.measure = 'lead_group_meetings' AND c.verdict = 'exempt'), 0) AS lead_group_meetings_exempt
        FROM cell c
        GROUP BY c.is_group, c.team_id
    )
    SELECT first_day(team_figures.month), s.team_id, u.parent_id, u.name, CASE WHEN s.is_group THEN 'group' ELSE u.kind::text END,
        s.people, s.managers, s.compliant_managers, s.compliant_managers::numeric / nullif(s.managers, 0),
        v.base_size_judged, v.base_size_met, v.base_size_missed, v.base_size_pending, v.base_size_exempt,
        v.base_size_met::numeric / nullif(v.base_size_judged, 0),
        v.paying_share_judged, v.paying_share_met, v.paying_share_missed, v.paying_share_pending, v.paying_share_exempt,
        v.paying_share_met::numeric / nullif(v.paying_share_judged, 0),
        v.off_profile_judged, v.off_profile_met, v.off_profile_missed, v.off_profile_pending, v.off_profile_exempt,
        v.off_profile_met::numeric / nullif(v.off_profile_judged, 0),
        v.client_group_judged, v.client_group_met, v.client_group_missed, v.client_group_pending, v.client_group_exempt,
        v.client_group_met::numeric / nullif(v.client_group_judged, 0),
        v.group_quota_judged, v.group_quota_met, v.group_quota_missed, v.group_quota_pending, v.group_quota_exempt,
        v.group_quota_met::numeric / nullif(v.group_quota_judged, 0),
        v.territory_judged, v.territory_met, v.territory_missed, v.territory_pending, v.territory_exempt,
        v.territory_met::numeric / nullif(v.territory_judged, 0),
        v.newcomer_territory_judged, v.newcomer_territory_met, v.newcomer_territory_missed, v.newcomer_territory_pending, v.newcomer_territory_exempt,
        v.newcomer_territory_met::numeric / nullif(v.newcomer_territory_judged, 0),
        v.meetings_judged, v.meetings_met, v.meetings_missed, v.meetings_pending, v.meetings_exempt,
        v.meetings_met::numeric / nullif(v.meetings_judged, 0),
        v.cold_calls_judged, v.cold_calls_met, v.cold_calls_missed, v.cold_calls_pending, v.cold_calls_exempt,
        v.cold_calls_met::numeric / nullif(v.cold_calls_judged, 0),
        v.respecialization_judged, v.respecialization_met, v.respecialization_missed, v.respecialization_pending, v.respecialization_exempt,
        v.respecialization_met::numeric / nullif(v.respecialization_judged, 0),
        v.handover_judged, v.handover_met, v.handover_missed, v.handover_pending, v.handover_exempt,
        v.handover_met::numeric / nullif(v.handover_judged, 0),
        v.head_meetings_judged, v.head_meetings_met, v.head_meetings_missed, v.head_meetings_pending, v.head_meetings_exempt,
        v.head_meetings_met::numeric / nullif(v.head_meetings_judged, 0),
        v.lead_own_meetings_judged, v.lead_own_meetings_met, v.lead_own_meetings_missed, v.lead_own_meetings_pending, v.lead_own_meetings_exempt,
        v.lead_own_meetings_met::numeric / nullif(v.lead_own_meetings_judged, 0),
        v.lead_group_meetings_judged, v.lead_group_meetings_met, v.lead_group_meetings_missed, v.lead_group_meetings_pending, v.lead_group_meetings_exempt,
        v.lead_group_meetings_met::numeric / nullif(v.lead_group_meetings_judged, 0),
        c.clients, coalesce(a.client_parts, 0)::bigint,
        (s.organizations - coalesce(o.organizations, 0))::bigint, coalesce(o.organization_parts, 0)::bigint,
        c.paying, coalesce(a.paying_parts, 0)::bigint, c.paying::numeric / nullif(c.clients, 0),
        s.amount - coalesce(o.amount, 0), coalesce(o.amount_parts, 0),
        (s.listed - coalesce(a.listed, 0))::bigint, coalesce(a.listed_parts, 0)::bigint,
        s.off_profile::bigint, s.due::bigint, s.due_missed::bigint,
        last_day, (SELECT f FROM facts_through('{turnover,activity}') f)
    FROM summed s
    JOIN measured v ON v.is_group = s.is_group AND v.team_id = s.team_id
    LEFT JOIN shared_account a ON a.is_group = s.is_group AND a.team_id = s.team_id
    LEFT JOIN shared_organization o ON o.is_group = s.is_group AND o.team_id = s.team_id
    LEFT JOIN unit u ON u.id = s.team_id AND NOT s.is_group
    CROSS JOIN LATERAL (
        SELECT (s.accounts - coalesce(a.clients, 0))::bigint AS clients, (s.paying - coalesce(a.paying, 0))::bigint AS paying
    ) c;
END
$$;
COMMENT ON FUNCTION team_figures(kbnorms.month, integer[], integer[]) IS
'The rows of unit_scorecard computed anew, and those of groups, which are of kind group with the lead in place of unit_id: all of them or, where units are named, these units and the groups of these leads.';

CREATE FUNCTION unit_scorecard(month kbnorms.month) RETURNS SETOF unit_scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 200
BEGIN ATOMIC
    SELECT kbnorms.first_day(unit_scorecard.month),
        f.unit_id, f.parent_id, f.unit_name, f.kind, f.people, f.managers, f.compliant_managers, f.compliant_share,
        f.base_size_judged, f.base_size_met, f.base_size_missed, f.base_size_pending, f.base_size_exempt,
        f.base_size_share, f.paying_share_judged, f.paying_share_met, f.paying_share_missed, f.paying_share_pending,
        f.paying_share_exempt, f.paying_share_share, f.off_profile_judged, f.off_profile_met, f.off_profile_missed,
        f.off_profile_pending, f.off_profile_exempt, f.off_profile_share, f.client_group_judged, f.client_group_met,
        f.client_group_missed, f.client_group_pending, f.client_group_exempt, f.client_group_share,
        f.group_quota_judged, f.group_quota_met, f.group_quota_missed, f.group_quota_pending, f.group_quota_exempt,
        f.group_quota_share, f.territory_judged, f.territory_met, f.territory_missed, f.territory_pending,
        f.territory_exempt, f.territory_share, f.newcomer_territory_judged, f.newcomer_territory_met,
        f.newcomer_territory_missed, f.newcomer_territory_pending, f.newcomer_territory_exempt,
        f.newcomer_territory_share, f.meetings_judged, f.meetings_met, f.meetings_missed, f.meetings_pending,
        f.meetings_exempt, f.meetings_share, f.cold_calls_judged, f.cold_calls_met, f.cold_calls_missed,
        f.cold_calls_pending, f.cold_calls_exempt, f.cold_calls_share, f.respecialization_judged,
        f.respecialization_met, f.respecialization_missed, f.respecialization_pending, f.respecialization_exempt,
        f.respecialization_share, f.handover_judged, f.handover_met, f.handover_missed, f.handover_pending,
        f.handover_exempt, f.handover_share, f.head_meetings_judged, f.head_meetings_met, f.head_meetings_missed,
        f.head_meetings_pending, f.head_meetings_exempt, f.head_meetings_share, f.lead_own_meetings_judged,
        f.lead_own_meetings_met, f.lead_own_meetings_missed, f.lead_own_meetings_pending, f.lead_own_meetings_exempt,
        f.lead_own_meetings_share, f.lead_group_meetings_judged, f.lead_group_meetings_met,
        f.lead_group_meetings_missed, f.lead_group_meetings_pending, f.lead_group_meetings_exempt,
        f.lead_group_meetings_share, f.clients, f.clients_shared, f.organizations, f.organizations_shared, f.paying,
        f.paying_shared, f.paying_of_clients, f.turnover, f.turnover_shared, f.blacklisted, f.blacklisted_shared,
        f.off_profile_accounts, f.handover_accounts, f.handover_accounts_missed, f.as_of, f.facts_through
    FROM team_figures(unit_scorecard.month) f
    WHERE f.kind <> 'group' AND NOT EXISTS (SELECT FROM closed_month z WHERE z.month = unit_scorecard.month)
    UNION ALL
    SELECT h.*
    FROM unit_scorecard_history h
    WHERE h.month = kbnorms.first_day(unit_scorecard.month);
END;
COMMENT ON FUNCTION unit_scorecard(kbnorms.month) IS
'The figures of every unit that has people with a card in or below it; of a month on record the record.';

CREATE FUNCTION unit_scorecard(month kbnorms.month, unit_id bigint) RETURNS SETOF unit_scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT kbnorms.first_day(unit_scorecard.month),
        f.unit_id, f.parent_id, f.unit_name, f.kind, f.people, f.managers, f.compliant_managers, f.compliant_share,
        f.base_size_judged, f.base_size_met, f.base_size_missed, f.base_size_pending, f.base_size_exempt,
        f.base_size_share, f.paying_share_judged, f.paying_share_met, f.paying_share_missed, f.paying_share_pending,
        f.paying_share_exempt, f.paying_share_share, f.off_profile_judged, f.off_profile_met, f.off_profile_missed,
        f.off_profile_pending, f.off_profile_exempt, f.off_profile_share, f.client_group_judged, f.client_group_met,
        f.client_group_missed, f.client_group_pending, f.client_group_exempt, f.client_group_share,
        f.group_quota_judged, f.group_quota_met, f.group_quota_missed, f.group_quota_pending, f.group_quota_exempt,
        f.group_quota_share, f.territory_judged, f.territory_met, f.territory_missed, f.territory_pending,
        f.territory_exempt, f.territory_share, f.newcomer_territory_judged, f.newcomer_territory_met,
        f.newcomer_territory_missed, f.newcomer_territory_pending, f.newcomer_territory_exempt,
        f.newcomer_territory_share, f.meetings_judged, f.meetings_met, f.meetings_missed, f.meetings_pending,
        f.meetings_exempt, f.meetings_share, f.cold_calls_judged, f.cold_calls_met, f.cold_calls_missed,
        f.cold_calls_pending, f.cold_calls_exempt, f.cold_calls_share, f.respecialization_judged,
        f.respecialization_met, f.respecialization_missed, f.respecialization_pending, f.respecialization_exempt,
        f.respecialization_share, f.handover_judged, f.handover_met, f.handover_missed, f.handover_pending,
        f.handover_exempt, f.handover_share, f.head_meetings_judged, f.head_meetings_met, f.head_meetings_missed,
        f.head_meetings_pending, f.head_meetings_exempt, f.head_meetings_share, f.lead_own_meetings_judged,
        f.lead_own_meetings_met, f.lead_own_meetings_missed, f.lead_own_meetings_pending, f.lead_own_meetings_exempt,
        f.lead_own_meetings_share, f.lead_group_meetings_judged, f.lead_group_meetings_met,
        f.lead_group_meetings_missed, f.lead_group_meetings_pending, f.lead_group_meetings_exempt,
        f.lead_group_meetings_share, f.clients, f.clients_shared, f.organizations, f.organizations_shared, f.paying,
        f.paying_shared, f.paying_of_clients, f.turnover, f.turnover_shared, f.blacklisted, f.blacklisted_shared,
        f.off_profile_accounts, f.handover_accounts, f.handover_accounts_missed, f.as_of, f.facts_through
    FROM team_figures(unit_scorecard.month, ARRAY(SELECT u.id FROM unit u WHERE u.id = unit_scorecard.unit_id)) f
    WHERE NOT EXISTS (SELECT FROM closed_month z WHERE z.month = unit_scorecard.month)
    UNION ALL
    SELECT h.*
    FROM unit_scorecard_history h
    WHERE h.month = kbnorms.first_day(unit_scorecard.month) AND h.unit_id = unit_scorecard.unit_id;
END;
COMMENT ON FUNCTION unit_scorecard(kbnorms.month, bigint) IS
'The figures of one unit, as unit_scorecard(month) has them; of what is not on record only what its people hold is read.';

CREATE VIEW unit_scorecard WITH (security_invoker = true) AS
SELECT f.*
FROM unit_scorecard(kbnorms.month(kbnorms.today())) f;
COMMENT ON VIEW unit_scorecard IS 'The figures of every unit in the running month, as of today.';
