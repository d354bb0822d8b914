-- What the reports promise as calls: columns, types, errors, agreement with
-- each other, and that a filter on one manager reads one manager.
BEGIN;
\ir company.psql
SELECT plan(31);

-- Months.
SELECT throws_ok('SELECT * FROM compliance(NULL)', '22004', 'month must not be null', 'compliance refuses a NULL month, in an empty base too');
SELECT throws_ok('SELECT * FROM scorecard(NULL)', '22004', 'month must not be null', 'scorecard refuses it');
SELECT throws_ok('SELECT * FROM blacklist(NULL)', '22004', 'month must not be null', 'blacklist refuses it');
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE of_month(kbnorms.month) AS SELECT * FROM compliance($1);
SELECT throws_ok('EXECUTE of_month(NULL)', '22004', 'month must not be null', 'also as a parameter of a generic plan');
RESET plan_cache_mode;
SELECT throws_ok('SELECT * FROM compliance(''2010-13'')', '22P02', NULL, 'a month that cannot be read');

-- A world with something of everything, drawn anew but always the same.
SELECT pg_temp.hire(m, (ARRAY['territorial', 'universal', 'industrial', 'panel_builder', 'dealer', 'chain'])[1 + m % 6],
    date '2009-01-15' + m * 8,
    CASE WHEN m % 11 = 0 THEN 'office_head' WHEN m % 13 = 0 THEN 'vtc_head' WHEN m % 7 = 0 THEN 'group_lead' ELSE 'manager' END,
    10 + m % 2, date '2009-01-01' + m * 8, CASE WHEN m % 7 <> 0 THEN m - m % 7 END)
FROM generate_series(1, 60) m;
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
SELECT m, '2010-06-01', CASE WHEN m % 10 = 0 THEN 'personal_sales_head' ELSE 'manager' END, 'universal', 11 FROM generate_series(5, 60, 5) m;
UPDATE manager SET left_on = '2010-06-20' WHERE id % 17 = 0;
INSERT INTO organization (id, name, head_id, client_group, city, territory_id, potential)
SELECT o, 'Organization ' || o, CASE WHEN o % 6 = 0 THEN o - 1 END,
    (ARRAY['emo', 'distributor', 'infrastructure', 'industrial', 'panel_builder', 'dealer', 'chain', NULL])[1 + o % 8],
    (ARRAY['Perm', 'Kungur', NULL])[1 + o % 3], CASE WHEN o % 5 = 0 THEN 1 + o % 2 END, (ARRAY['S', 'A', 'B', 'C', NULL])[1 + o % 5]
FROM generate_series(1, 1200) o;
INSERT INTO binding (organization_id, manager_id, bound_on, territory_exception)
SELECT o, 1 + o / 20, date '2010-01-01' + o % 190, CASE WHEN o % 4 = 0 THEN 'full potential' END FROM generate_series(1, 1199) o;
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change)
SELECT o, 1 + (o / 20 + 7) % 60, '2009-06-01', date '2010-01-01' + o % 190, false, 'move' FROM generate_series(1, 1199) o;
INSERT INTO turnover (organization_id, month, amount)
SELECT o, kbnorms.month '2010-04' + n, o * 37 % 40000 FROM generate_series(1, 1200) o, generate_series(0, 3) n WHERE (o + n) % 3 > 0;
INSERT INTO activity (manager_id, kind, organization_id, happened_on, outside_office)
SELECT m, CASE WHEN n % 2 = 0 THEN 'meeting' ELSE 'cold_call' END::kbnorms.activity_kind, (m - 1) * 20 + n % 25 + 1, date '2010-05-01' + n % 75, true
FROM generate_series(1, 60) m, generate_series(1, 2 * m) n;
INSERT INTO manager_territory (manager_id, territory_id, since) SELECT m, 1 + m % 2, '2010-01-01' FROM generate_series(6, 60, 6) m;
ANALYZE;

SELECT is((SELECT count(*) FROM compliance('2010-08')), 0::bigint, 'compliance of a month not begun has no rows');
SELECT is((SELECT count(*) FROM scorecard('2010-08')), 0::bigint, 'nor has its scorecard');
SELECT is((SELECT array_agg(DISTINCT as_of || ' ' || month) FROM compliance('2010-07')), ARRAY['2010-07-15 2010-07-01'], 'the running month is judged as of today');
SELECT is((SELECT array_agg(DISTINCT as_of || ' ' || month) FROM compliance('2010-06')), ARRAY['2010-06-30 2010-06-01'], 'a closed one as of its last day');
SELECT is((SELECT count(DISTINCT measure) || ' ' || count(DISTINCT verdict) FROM compliance('2010-06')), '14 4', 'the world has every measure and every verdict');

-- One answer by every door.
SELECT bag_eq('SELECT * FROM compliance', 'SELECT * FROM compliance(''2010-07'')', 'the view of compliance is the running month');
SELECT bag_eq('SELECT * FROM scorecard', 'SELECT * FROM scorecard(''2010-07'')', 'and so is that of the scorecard');
SELECT bag_eq('SELECT * FROM compliance(''2010-07-15'')', 'SELECT * FROM compliance(''2010-07'')', 'a date means its month');
SELECT bag_eq(
    'SELECT c.* FROM manager m CROSS JOIN LATERAL (SELECT * FROM compliance(''2010-06'') WHERE manager_id = m.id OFFSET 0) c',
    'SELECT * FROM compliance(''2010-06'')', 'managers one by one are all managers');
SELECT bag_eq(
    $$SELECT manager_id, v.measure, v.actual, v.verdict
    FROM scorecard('2010-06') s
    CROSS JOIN LATERAL (VALUES
        ('base_size', base_size_actual, base_size), ('paying_share', paying_share_actual, paying_share),
        ('off_profile', off_profile_actual, off_profile), ('client_group', client_group_actual, client_group),
        ('group_quota', group_quota_actual, group_quota), ('territory', territory_actual, territory),
        ('newcomer_territory', newcomer_territory_actual, newcomer_territory), ('meetings', meetings_actual, meetings),
        ('cold_calls', cold_calls_actual, cold_calls), ('respecialization', respecialization_actual, respecialization),
        ('handover', handover_actual, handover), ('head_meetings', head_meetings_actual, head_meetings),
        ('lead_own_meetings', lead_own_meetings_actual, lead_own_meetings),
        ('lead_group_meetings', lead_group_meetings_actual, lead_group_meetings)) v(measure, actual, verdict)
    WHERE v.verdict IS NOT NULL$$,
    $$SELECT manager_id, measure, actual, verdict FROM compliance('2010-06')$$, 'the scorecard says what compliance says');
SELECT bag_eq(
    $$SELECT manager_id, missed, compliant FROM scorecard('2010-06')$$,
    $$SELECT manager_id, (count(*) FILTER (WHERE verdict = 'missed'))::integer, NOT bool_or(verdict = 'missed') FROM compliance('2010-06') GROUP BY 1$$,
    'and counts what is missed');
SELECT is((SELECT count(*) FROM scorecard('2010-06') s JOIN manager m ON m.id = s.manager_id AND m.full_name = s.manager_name
        JOIN unit u ON u.id = s.unit_id AND u.name = s.unit_name),
    (SELECT count(DISTINCT manager_id) FROM compliance('2010-06')), 'one card a person, with names');
SELECT is((SELECT array_agg(c.column_name::text ORDER BY c.ordinal_position) FROM information_schema.columns c
        WHERE c.table_schema = 'kb_report' AND c.table_name = 'compliance'),
    ARRAY['month', 'manager_id', 'measure', 'actual', 'norm_min', 'norm_max', 'verdict', 'as_of', 'facts_through', 'waiver_id'], 'the columns of compliance');
SELECT is_empty($$SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
        WHERE c.table_schema = 'kb_report' AND c.table_name IN ('compliance', 'scorecard', 'blacklist', 'holding')
            AND c.data_type NOT IN ('text', 'integer', 'bigint', 'numeric', 'boolean', 'date', 'timestamp with time zone')$$,
    'the views have only the types that BI tools read');
SELECT is_empty($$SELECT a.attrelid::regclass, a.attname FROM pg_attribute a
        WHERE a.attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'kb_report'::regnamespace
                AND relname IN ('compliance', 'scorecard', 'blacklist', 'holding', 'compliance_row', 'scorecard_row', 'blacklist_row',
                    'judged_row', 'base_figures_row', 'profile_at_row', 'manager_at_row', 'base_at_row'))
            AND a.attnum > 0 AND col_description(a.attrelid, a.attnum) IS NULL$$, 'and a comment on every column');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'kb_report'::regnamespace AND relkind = 'v'
        AND relname IN ('compliance', 'scorecard', 'blacklist', 'holding') AND NOT 'security_invoker=true' = ANY (reloptions)$$,
    'they are read with the reader''s rights');

-- What a query reads whole, of the tables that grow.
SET LOCAL enable_seqscan = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
CREATE FUNCTION pg_temp.reads_whole(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN QUERY
    SELECT node ->> 'Relation Name'
    FROM jsonb_path_query(plan, 'strict $.**') node
    WHERE jsonb_typeof(node) = 'object'
        AND node ->> 'Relation Name' IN ('manager', 'manager_post', 'binding', 'binding_log', 'organization', 'turnover', 'activity')
        AND node ->> 'Node Type' <> 'Bitmap Heap Scan' AND node -> 'Index Cond' IS NULL
    UNION ALL
    SELECT node ->> 'Index Name'
    FROM jsonb_path_query(plan, 'strict $.**') node
    WHERE jsonb_typeof(node) = 'object'
        AND node ->> 'Node Type' = 'Bitmap Index Scan' AND node -> 'Index Cond' IS NULL;
END
$$;
SELECT isnt_empty('SELECT pg_temp.reads_whole(''SELECT * FROM compliance(''''2010-06'''')'')', 'the whole month reads tables whole');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM compliance(''''2010-06'''') WHERE manager_id = 5'')', 'one manager''s closed month does not');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM compliance(''''2010-07'''') WHERE manager_id = 5'')', 'nor his running one');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM compliance WHERE manager_id = 5'')', 'nor the view');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM scorecard(''''2010-06'''') WHERE manager_id = 5'')', 'nor his card');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM scorecard WHERE manager_id = 5'')', 'nor its view');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM blacklist(''''2010-06'''') WHERE manager_id = 5'')', 'nor his black list');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM blacklist WHERE manager_id = 5'')', 'nor its view');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM holding WHERE manager_id = 5 AND held_until IS NULL'')', 'nor what he held');
SELECT is_empty('SELECT pg_temp.reads_whole(''SELECT * FROM holding WHERE organization_id = 5'')', 'nor who held an organization');

SELECT * FROM finish();
ROLLBACK;
