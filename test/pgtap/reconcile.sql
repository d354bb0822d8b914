-- The reports of the sample company agree: parts with the whole, units with
-- cards, cards with compliance, the trend with both, on record and live.
BEGIN;
\ir sample.psql
SELECT plan(45);

SELECT cmp_ok(close_month('2010-06'), '>', 0::bigint, 'June goes on record');
SELECT cmp_ok(close_month('2010-05'), '>', 0::bigint, 'and May');

-- Each report once; months are told apart by their column.
CREATE TEMPORARY TABLE units AS SELECT * FROM unit_scorecard('2010-06') UNION ALL TABLE unit_scorecard;
CREATE TEMPORARY TABLE cards AS SELECT * FROM scorecard('2010-06') UNION ALL TABLE scorecard;
CREATE TEMPORARY TABLE verdicts AS SELECT * FROM compliance('2010-06') UNION ALL TABLE compliance;
CREATE TEMPORARY TABLE listed AS SELECT * FROM blacklist('2010-06') UNION ALL TABLE blacklist;
CREATE TEMPORARY TABLE heads AS SELECT * FROM head_scorecard('2010-06') UNION ALL TABLE head_scorecard;
-- What each person holds, by the tables, with the unit of the post.
CREATE TEMPORARY TABLE holds AS
    SELECT d.month, p.manager_id, p.unit_id, b.organization_id, o.account_id, coalesce(t.amount, 0) AS amount
    FROM (VALUES (date '2010-06-01', date '2010-06-30'), ('2010-07-01', '2010-07-15')) d(month, day)
    CROSS JOIN LATERAL (SELECT DISTINCT ON (manager_id) * FROM manager_post WHERE since <= d.day ORDER BY manager_id, since DESC) p
    JOIN holding b ON b.manager_id = p.manager_id AND b.held_from <= d.day AND (b.held_until > d.day OR b.held_until IS NULL)
    JOIN organization o ON o.id = b.organization_id
    LEFT JOIN turnover t ON t.organization_id = b.organization_id AND t.month = d.month;
CREATE TEMPORARY TABLE below AS
    WITH RECURSIVE r AS (SELECT id AS unit_id, id AS part_id FROM unit UNION ALL SELECT r.unit_id, u.id FROM r JOIN unit u ON u.parent_id = r.part_id)
    TABLE r;
ANALYZE units, cards, verdicts, listed, heads, holds, below;
CREATE FUNCTION pg_temp.figure(anyelement, name text) RETURNS numeric LANGUAGE sql AS 'SELECT (to_jsonb($1) ->> name)::numeric';

SELECT is((SELECT array_agg(DISTINCT month ORDER BY month) FROM units), ARRAY[date '2010-06-01', '2010-07-01'], 'a month on record and the running one');
SELECT is((SELECT count(DISTINCT kind) FROM units), 5::bigint, 'centre, regions, clusters, offices and VTCs');

-- Units with cards.
SELECT is_empty($$SELECT u.month, u.unit_id, u.people, count(c.manager_id), u.compliant_managers
    FROM units u JOIN below b USING (unit_id) LEFT JOIN cards c ON c.month = u.month AND c.unit_id = b.part_id
    GROUP BY u.month, u.unit_id, u.people, u.managers, u.compliant_managers
    HAVING u.people <> count(c.manager_id) OR u.compliant_managers > count(*) FILTER (WHERE c.compliant) OR u.managers > u.people$$,
    'a unit has as many people as there are cards below it');
SELECT is_empty(format($$SELECT u.month, u.unit_id, u.%1$s_met, u.%1$s_missed, u.%1$s_pending, u.%1$s_exempt
    FROM units u JOIN below b USING (unit_id) LEFT JOIN cards c ON c.month = u.month AND c.unit_id = b.part_id
    GROUP BY u.month, u.unit_id, u.%1$s_judged, u.%1$s_met, u.%1$s_missed, u.%1$s_pending, u.%1$s_exempt, u.%1$s_share
    HAVING (u.%1$s_met, u.%1$s_missed, u.%1$s_pending, u.%1$s_exempt)
            <> (count(*) FILTER (WHERE c.%1$s = 'met'), count(*) FILTER (WHERE c.%1$s = 'missed'),
                count(*) FILTER (WHERE c.%1$s = 'pending'), count(*) FILTER (WHERE c.%1$s = 'exempt'))
        OR u.%1$s_judged <> u.%1$s_met + u.%1$s_missed + u.%1$s_pending
        OR u.%1$s_share IS DISTINCT FROM u.%1$s_met::numeric / nullif(u.%1$s_judged, 0)$$, m), m || ' of a unit is that of its cards')
FROM unnest(ARRAY['base_size', 'paying_share', 'off_profile', 'client_group', 'group_quota', 'territory', 'newcomer_territory', 'meetings',
    'cold_calls', 'respecialization', 'handover', 'head_meetings', 'lead_own_meetings', 'lead_group_meetings']) m;
SELECT is_empty($$SELECT u.month, u.unit_id FROM units u JOIN below b USING (unit_id) LEFT JOIN cards c ON c.month = u.month AND c.unit_id = b.part_id
    GROUP BY u.month, u.unit_id, u.off_profile_accounts, u.handover_accounts, u.handover_accounts_missed
    HAVING (u.off_profile_accounts, u.handover_accounts, u.handover_accounts_missed)
        <> (coalesce(sum(c.off_profile_actual), 0), coalesce(sum(c.handover_actual), 0),
            coalesce(sum(c.handover_actual) FILTER (WHERE c.handover = 'missed'), 0))$$, 'and so are its accounts off the profile and to hand over');

-- Cards with compliance.
SELECT is_empty($$SELECT month, v.measure, v.verdict, count(*) FROM units u
    CROSS JOIN LATERAL (SELECT m.measure, d.verdict, pg_temp.figure(u, m.measure || '_' || d.verdict) AS n
        FROM (SELECT DISTINCT measure FROM verdicts) m, (VALUES ('met'), ('missed'), ('pending'), ('exempt')) d(verdict)) v
    LEFT JOIN verdicts c USING (month, measure, verdict)
    WHERE u.kind = 'centre' GROUP BY month, v.measure, v.verdict, v.n HAVING v.n <> count(c.manager_id)$$,
    'the centre has every verdict of compliance');
SELECT is_empty($$SELECT month, manager_id FROM cards c JOIN verdicts v USING (month, manager_id) GROUP BY month, manager_id, missed
    HAVING missed <> count(*) FILTER (WHERE verdict = 'missed')$$, 'a card misses what compliance says is missed');
SELECT is((SELECT array_agg(DISTINCT c.month || ' ' || c.manager_id) FROM cards c FULL JOIN verdicts v USING (month, manager_id)
    WHERE c.manager_id IS NULL OR v.manager_id IS NULL), NULL, 'nobody is in one of them alone');

-- Clients, by the tables and by the parts.
SELECT is_empty($$SELECT u.month, u.unit_id, u.clients, count(DISTINCT h.account_id), u.organizations, count(DISTINCT h.organization_id)
    FROM units u JOIN below b USING (unit_id) LEFT JOIN holds h ON h.month = u.month AND h.unit_id = b.part_id
    GROUP BY u.month, u.unit_id, u.clients, u.organizations
    HAVING (u.clients, u.organizations) <> (count(DISTINCT h.account_id), count(DISTINCT h.organization_id))$$,
    'clients and organizations of a unit, each once');
SELECT is_empty($$SELECT u.month, u.unit_id, u.turnover, h.amount FROM units u CROSS JOIN LATERAL (
        SELECT sum(d.amount) AS amount FROM (SELECT DISTINCT h.organization_id, h.amount FROM below b JOIN holds h ON h.unit_id = b.part_id
            WHERE b.unit_id = u.unit_id AND h.month = u.month) d) h
    WHERE u.turnover <> coalesce(h.amount, 0)$$, 'turnover of each organization once');
SELECT is_empty($$SELECT u.month, u.unit_id, u.paying, h.paying FROM units u CROSS JOIN LATERAL (
        SELECT count(DISTINCT d.account_id) AS paying FROM (SELECT h.account_id FROM below b JOIN holds h ON h.unit_id = b.part_id
            WHERE b.unit_id = u.unit_id AND h.month = u.month GROUP BY h.manager_id, h.account_id HAVING sum(h.amount) > 15000) d) h
    WHERE u.paying <> h.paying$$, 'paying accounts once, by what they buy from one holder');
SELECT is_empty($$SELECT u.month, u.unit_id, u.blacklisted, count(DISTINCT l.account_id)
    FROM units u JOIN below b USING (unit_id) LEFT JOIN listed l ON l.month = u.month AND l.unit_id = b.part_id
    GROUP BY u.month, u.unit_id, u.blacklisted HAVING u.blacklisted <> count(DISTINCT l.account_id)$$, 'black-listed accounts once');
SELECT is_empty($$SELECT u.month, u.unit_id, p.name, pg_temp.figure(u, p.name), p.sum
    FROM units u CROSS JOIN LATERAL (
        SELECT n.name, coalesce((SELECT sum(pg_temp.figure(c, n.name)) FROM units c WHERE c.parent_id = u.unit_id AND c.month = u.month), 0)
            + coalesce((SELECT sum(CASE n.name WHEN 'clients' THEN o.clients WHEN 'organizations' THEN o.organizations WHEN 'turnover' THEN o.turnover END) FROM (
                SELECT count(DISTINCT account_id) AS clients, count(*) AS organizations, sum(amount) AS turnover
                FROM holds h WHERE h.unit_id = u.unit_id AND h.month = u.month GROUP BY h.manager_id) o), 0)
            - pg_temp.figure(u, n.name || '_shared') AS sum
        FROM (VALUES ('clients'), ('organizations'), ('turnover')) n(name)) p
    WHERE p.sum <> pg_temp.figure(u, p.name)$$, 'the parts less what they share are the whole');
SELECT is_empty($$SELECT u.month, u.unit_id, n.name
    FROM units u CROSS JOIN (VALUES ('people'), ('managers'), ('compliant_managers'), ('paying'), ('blacklisted'), ('off_profile_accounts'), ('handover_accounts')) n(name)
    WHERE EXISTS (SELECT FROM units c WHERE c.parent_id = u.unit_id)
        AND NOT EXISTS (SELECT FROM cards c WHERE c.month = u.month AND c.unit_id = u.unit_id AND c."position" <> 'sales_director') AND pg_temp.figure(u, n.name) + coalesce(pg_temp.figure(u, n.name || '_shared'), 0)
        <> (SELECT sum(pg_temp.figure(c, n.name)) FROM units c WHERE c.parent_id = u.unit_id AND c.month = u.month)$$,
    'where nobody stands in a unit itself, the units below it add up');
SELECT cmp_ok((SELECT count(*) FROM units WHERE clients_shared > 0 AND kind <> 'office'), '>', 0::bigint, 'some clients are held in two offices');

-- Heads with units and cards.
SELECT is_empty($$SELECT h.month, h.manager_id FROM heads h JOIN units u ON u.month = h.month AND u.unit_id = h.unit_id
    WHERE h.leads = 'unit' AND (h.people, h.managers, h.compliant_managers, h.clients, h.organizations, h.paying, h.turnover, h.blacklisted, h.handover_accounts)
        <> (u.people, u.managers, u.compliant_managers, u.clients, u.organizations, u.paying, u.turnover, u.blacklisted, u.handover_accounts)$$,
    'who leads a unit has its figures');
SELECT is_empty($$SELECT h.month, h.manager_id FROM heads h JOIN cards c USING (month, manager_id)
    WHERE (h.head_meetings, h.lead_own_meetings, h.lead_group_meetings, h.missed, h.compliant)
        IS DISTINCT FROM (c.head_meetings, c.lead_own_meetings, c.lead_group_meetings, c.missed, c.compliant)$$, 'and his own card');
SELECT is((SELECT count(*) FROM heads h WHERE h.month = '2010-07-01' AND h.leads = 'group' AND h.people =
        (SELECT count(*) FROM manager_post p JOIN manager m ON m.id = p.manager_id WHERE p.lead_id = h.manager_id AND p."position" = 'manager'
            AND (m.left_on > '2010-07-15' OR m.left_on IS NULL)
            AND p.since = (SELECT max(since) FROM manager_post l WHERE l.manager_id = p.manager_id AND l.since <= '2010-07-15'))),
    (SELECT count(*) FROM heads WHERE month = '2010-07-01' AND leads = 'group'), 'a lead has the people whose posts name him');

-- The trend.
SELECT bag_eq('SELECT * FROM scorecard_trend', 'SELECT * FROM cards UNION ALL SELECT * FROM scorecard(''2010-05'')', 'the trend of people: what is on record and the running month');
SELECT bag_eq('SELECT * FROM unit_trend', 'SELECT * FROM units UNION ALL SELECT * FROM unit_scorecard(''2010-05'')', 'the trend of units');
SELECT is((SELECT array_agg(DISTINCT data_type::text) FROM information_schema.columns WHERE table_schema = 'kb'
        AND table_name IN ('unit_scorecard', 'head_scorecard', 'scorecard_trend', 'unit_trend')
        AND data_type NOT IN ('text', 'integer', 'bigint', 'numeric', 'boolean', 'date')), NULL, 'in types that BI tools read');
SELECT is_empty($$SELECT attrelid::regclass, attname FROM pg_attribute WHERE attnum > 0 AND col_description(attrelid, attnum) IS NULL
    AND attrelid IN ('unit_scorecard'::regclass, 'head_scorecard'::regclass, 'scorecard_trend'::regclass, 'unit_trend'::regclass,
        'unit_scorecard_history'::regclass, 'head_scorecard_history'::regclass, 'closed_month'::regclass)$$, 'with a comment on every column');

-- Where a filter arrives: of a past month only the record is read, of a person
-- the record by its index.
SET LOCAL enable_seqscan = off;
SET LOCAL jit = off;
CREATE FUNCTION pg_temp.reads(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || query INTO plan;
    RETURN QUERY
    SELECT DISTINCT coalesce(node ->> 'Relation Name', node ->> 'Function Name', node ->> 'Index Name')
        || CASE WHEN node -> 'Index Cond' IS NULL AND node ->> 'Node Type' <> 'Bitmap Heap Scan' THEN ' whole' ELSE '' END
    FROM jsonb_path_query(plan, 'strict $.**') node
    WHERE jsonb_typeof(node) = 'object' AND (node ->> 'Actual Loops')::bigint > 0
        AND coalesce(node ->> 'Relation Name', node ->> 'Function Name', node ->> 'Index Name') ~ '^(binding|activity|turnover|organization|team_figures|.*_history)';
END
$$;
SELECT set_eq('SELECT pg_temp.reads(''SELECT * FROM scorecard_trend WHERE month = date ''''2010-06-01'''''')',
    ARRAY['scorecard_history'], 'the cards of a past month');
SELECT set_eq('SELECT pg_temp.reads(''SELECT * FROM unit_trend WHERE month = date ''''2010-06-01'''''')', ARRAY['unit_scorecard_history'],
    'the units of a past month');
SELECT is_empty('SELECT * FROM pg_temp.reads(''SELECT * FROM scorecard_trend WHERE manager_id = 5'') r WHERE r LIKE ''% whole''', 'all months of a person');
SELECT is_empty('SELECT * FROM pg_temp.reads(''SELECT * FROM unit_scorecard(''''2010-06'''') WHERE unit_id = 17'') r WHERE r <> ''unit_scorecard_history''',
    'a unit in a month on record');

RESET enable_seqscan;

-- A reader reads, and closes nothing.
CREATE ROLE figures_reader;
SELECT cmp_ok(grant_access('figures_reader', 'reader'), '>', 0::bigint, 'a reader is let in');
SET LOCAL ROLE figures_reader;
SELECT is((SELECT count(*) FROM unit_scorecard) > 0 AND (SELECT count(*) FROM unit_scorecard('2010-07', 17)) > 0 AND (SELECT count(*) FROM head_scorecard) > 0
    AND (SELECT count(*) FROM scorecard_trend) > 0 AND (SELECT count(*) FROM unit_trend) > 0 AND (SELECT count(*) FROM closed_month) = 2
    AND (SELECT count(*) FROM compliance('2010-05')) > 0 AND (SELECT bool_and(checksum = month_checksum(month)) FROM closed_month), true, 'and reads every report');
SELECT throws_ok('SELECT close_month(''2010-04'')', '42501', 'permission denied for function close_month', 'he closes nothing');
SELECT throws_ok('INSERT INTO closed_month VALUES (''2010-04'', ''2010-04-30'')', '42501', NULL, 'nor writes a record');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
