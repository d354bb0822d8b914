-- The lists on the sample company: they agree with what they are made of, have
-- only what BI tools read, and a filter on a manager reaches the tables.
BEGIN;
SELECT plan(14);
\ir sample.psql
INSERT INTO feed VALUES ('turnover', '2010-07-14'), ('overdue', '2010-07-13'), ('activity', '2010-07-12')
ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;
-- What a first load could have brought.
SET LOCAL session_replication_role = replica;
UPDATE binding SET bound_on = '2007-01-01' WHERE organization_id % 50 = 1;
UPDATE manager SET left_on = '2010-06-01' WHERE id % 10 = 8 AND hired_on < '2010-06-01';
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
SELECT manager_id, '2010-05-01', "position", 'chain', unit_id FROM manager_post WHERE manager_id % 10 = 3 AND "position" = 'manager' AND since < '2010-05-01'
ON CONFLICT DO NOTHING;
SET LOCAL session_replication_role = origin;
ANALYZE;

-- violation and compliance
CREATE TEMPORARY TABLE wrong AS SELECT * FROM violation;
CREATE TEMPORARY TABLE missed AS SELECT * FROM compliance WHERE verdict = 'missed';
SELECT bag_eq('SELECT DISTINCT manager_id, rule FROM wrong WHERE rule NOT IN (''personal'', ''multiple'')',
    'SELECT manager_id, measure FROM missed', 'every missed measure has its rows, and nothing else has');
SELECT bag_eq($$SELECT manager_id, rule, actual, coalesce(nullif(count(account_id), 0), actual) FROM wrong WHERE rule NOT IN ('personal', 'multiple') GROUP BY 1, 2, 3$$,
    'SELECT manager_id, measure, actual, actual AS accounts FROM missed', 'as many accounts as the figure says');
SELECT is((SELECT count(*) FROM wrong w WHERE w.account_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM binding b JOIN organization o ON o.id = b.organization_id
        WHERE b.manager_id = w.manager_id AND b.organization_id = w.organization_id AND o.account_id = w.account_id)),
    0::bigint, 'all of them his');
SELECT is((SELECT count(*) FROM wrong WHERE what_to_do IS NULL OR since > as_of OR held_since_before IS NULL), 0::bigint, 'each says what to do, since no day to come');
SELECT cmp_ok((SELECT count(DISTINCT rule) FROM wrong), '>=', 7::bigint, 'of many kinds');

-- unbinding_forecast
SELECT results_eq('SELECT sum(bindings)::bigint, count(*) FROM unbinding_forecast',
    'SELECT count(*), count(DISTINCT (manager_id, account_id)) FROM binding JOIN organization ON id = organization_id', 'the forecast has every account of every base');

-- current_binding
SELECT results_eq('SELECT organization_id, manager_id, bound_on, additional FROM current_binding ORDER BY 1, 2',
    'SELECT organization_id, manager_id, bound_on, additional FROM binding ORDER BY 1, 2', 'the classifier with names has every binding once');
SELECT is((SELECT count(*) FROM current_binding WHERE manager_name IS NULL OR organization_name IS NULL OR account_name IS NULL
        OR unit_name IS NULL OR region_name IS NULL OR centre_name IS NULL), 0::bigint, 'and every name');
SELECT results_eq('SELECT DISTINCT manager_id, account_id, in_base_since FROM current_binding ORDER BY 1, 2',
    'SELECT manager_id, account_id, bound_on FROM unbinding_forecast ORDER BY 1, 2', 'who has a client since when, as the forecast says');

-- All lists
SELECT is_empty($$SELECT c.relname, a.attname, a.atttypid::regtype
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.oid = ANY ('{violation,unbinding_forecast,current_binding,rebinding_due,memo_queue,blacklist}'::regclass[])
        AND (a.atttypid <> ALL ('{text,int,bigint,numeric,boolean,date,timestamptz}'::regtype[]) OR col_description(c.oid, a.attnum) IS NULL)$$,
    'they have only the types that BI tools read, and a comment on each column');
SELECT is((SELECT string_agg(l.name, ' ') FROM unnest('{violation,unbinding_forecast,current_binding,rebinding_due,memo_queue,blacklist,compliance,scorecard}'::text[]) AS l(name)
    WHERE (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = l.name::regclass AND a.attname IN ('as_of', 'facts_through')) < 2),
    NULL, 'and say as of when they are and how fresh the feeds');
CREATE FUNCTION pg_temp.reads_whole(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN QUERY
    SELECT node ->> 'Relation Name'
    FROM jsonb_path_query(plan, 'strict $.**') node
    WHERE jsonb_typeof(node) = 'object'
        AND node ->> 'Relation Name' IN ('manager', 'manager_post', 'binding', 'binding_log', 'organization', 'turnover', 'activity', 'overdue')
        AND node ->> 'Node Type' <> 'Bitmap Heap Scan' AND node -> 'Index Cond' IS NULL
    UNION ALL
    SELECT node ->> 'Index Name'
    FROM jsonb_path_query(plan, 'strict $.**') node
    WHERE jsonb_typeof(node) = 'object'
        AND node ->> 'Node Type' = 'Bitmap Index Scan' AND node -> 'Index Cond' IS NULL;
END
$$;
SET LOCAL enable_seqscan = off;
SET LOCAL seq_page_cost = 100000; -- from 18 a subplan that could be hashed is chosen by its cost alone
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SELECT is_empty($$SELECT pg_temp.reads_whole('SELECT * FROM violation WHERE manager_id = 5')$$, 'what is wrong with one manager is read without the others');
SELECT is((SELECT string_agg(DISTINCT r, ' ') FROM pg_temp.reads_whole('SELECT * FROM current_binding WHERE manager_id = 5') r), 'binding_log', 'of one manager''s bindings only the log is');
SELECT is_empty($$SELECT pg_temp.reads_whole('SELECT * FROM unbinding_forecast WHERE manager_id = 5')$$, 'and so is what leaves him');

SELECT * FROM finish();
ROLLBACK;
