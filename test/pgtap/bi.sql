-- What BI tools rely on: types, plans, and a role that reads and does nothing else.
BEGIN;
SET client_min_messages = warning;
\ir sample.psql
SELECT plan(33);

-- Types.  What only our own functions read may be of any type.
CREATE TEMP VIEW plain AS SELECT unnest('{text,integer,bigint,numeric,boolean,date,timestamptz}'::regtype[]) AS type;
SELECT is_empty($$
    SELECT format('%s.%s %s', c.relname, a.attname, a.atttypid::regtype)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'kb'::regnamespace AND a.atttypid NOT IN (SELECT type FROM plain)
        AND (c.relkind = 'v' OR c.relkind = 'c' AND c.relname NOT IN ('base_accounts_row', 'base_figures_row', 'judged_row', 'manager_at_row', 'profile_at_row', 'release_plan'))$$,
    'columns of views and rows are of types that every tool knows');
SELECT is_empty($$
    SELECT format('%s.%s %s', p.proname, p.proargnames[i], p.proallargtypes[i]::regtype)
    FROM pg_proc p, generate_subscripts(p.proargmodes, 1) i
    WHERE p.pronamespace = 'kb'::regnamespace AND p.proargmodes[i] IN ('t', 'o') AND p.proallargtypes[i] NOT IN (SELECT type FROM plain)
        AND p.proname NOT IN ('extension_authority', 'log_checksums', 'month_partitions', 'norms_at', 'present_triggers', 'release_due', 'rule_subjects', 'spoken_by')$$,
    'so is what other functions give');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relnamespace = 'kb'::regnamespace AND relkind = 'v' AND NOT coalesce(reloptions @> '{security_invoker=true}', false)$$,
    'views ask for the rights of who reads them');
SELECT is_empty($$
    SELECT a.attname, count(DISTINCT a.atttypid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'v'
        AND a.attname IN ('month', 'manager_id', 'manager_name', 'account_id', 'organization_id', 'unit_id', 'as_of', 'facts_through')
    GROUP BY a.attname HAVING count(DISTINCT a.atttypid) > 1$$, 'a column of one name is of one type everywhere');

-- Plans: the tables that grow are read by a condition on an index, no other way.
CREATE FUNCTION pg_temp.whole_scans(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN QUERY
    WITH RECURSIVE node AS (
        SELECT plan -> 0 -> 'Plan' AS n
        UNION ALL
        SELECT c.value FROM node, json_array_elements(node.n -> 'Plans') c)
    SELECT concat_ws(' ', n ->> 'Node Type', n ->> 'Relation Name', n ->> 'Index Name')
    FROM node
    WHERE (n ->> 'Relation Name' IN ('binding', 'binding_log', 'organization', 'turnover', 'activity', 'manager_post') AND n ->> 'Node Type' = 'Seq Scan')
        OR (n ->> 'Node Type' IN ('Index Scan', 'Index Only Scan', 'Bitmap Index Scan') AND n ->> 'Index Cond' IS NULL
            AND n ->> 'Index Name' ~ '^(binding|organization|turnover|activity|manager_post)')
        OR n ->> 'Node Type' = 'Function Scan' AND n ->> 'Function Name' IN (SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'kb'::regnamespace AND p.prorows > 1);
END
$$;
SET LOCAL enable_seqscan = off; -- small as they are here
SET LOCAL seq_page_cost = 100000; -- from 18 a subplan that could be hashed is chosen by its cost alone
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL jit = off;
SELECT is_empty(format('SELECT * FROM pg_temp.whole_scans(%L)', format('SELECT * FROM %I WHERE manager_id = 2', v)), v || ' of one manager reads one manager')
FROM unnest('{compliance,scorecard,blacklist,violation,unbinding_forecast,holding,scorecard_trend,manager_capacity}'::text[]) v;
SELECT is_empty($$SELECT * FROM pg_temp.whole_scans('SELECT organization_name, manager_name, office_name, bound_on FROM current_binding WHERE manager_id = 2')$$,
    'current_binding of one manager, too');
SELECT results_eq($$SELECT * FROM pg_temp.whole_scans('SELECT * FROM current_binding WHERE manager_id = 2')$$, ARRAY['Seq Scan binding_log'],
    'which reads the log for what a binding rests on, once');
SELECT is_empty($$SELECT * FROM pg_temp.whole_scans('SELECT organization_name, manager_name, office_name, bound_on FROM current_binding WHERE organization_id = 2')$$,
    'current_binding of one organization reads as little');
SELECT is_empty($$SELECT * FROM pg_temp.whole_scans('SELECT * FROM compliance(''2010-05'') WHERE manager_id = 2')$$, 'a closed month of one manager, too');
-- Of a unit, person by person: as doc/bi.md says.
SELECT is_empty(format('SELECT * FROM pg_temp.whole_scans(%L) w', format(
        'SELECT r.* FROM (SELECT DISTINCT manager_id FROM manager_post WHERE unit_id = 3) p CROSS JOIN LATERAL (SELECT * FROM %I v WHERE v.manager_id = p.manager_id AND v.unit_id = 3 OFFSET 0) r', v)),
    v || ' of one office reads the people of that office')
FROM unnest('{scorecard,blacklist,violation,unbinding_forecast}'::text[]) v;
SELECT isnt_empty($$SELECT * FROM pg_temp.whole_scans('SELECT * FROM compliance') w WHERE w !~ 'manager_post'$$, 'the whole company reads all of it');
CREATE FUNCTION pg_temp.conditions(query text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        IF line ~ 'Index Cond' THEN
            RETURN NEXT line;
        END IF;
    END LOOP;
END
$$;
SELECT matches((SELECT string_agg(c, E'\n') FROM pg_temp.conditions(q.query) c), q.condition, q.query)
FROM (VALUES
    ('SELECT * FROM compliance(''2010-05'')', 'Index Cond: \(month = ''2010-05'''),
    ('SELECT * FROM scorecard_trend WHERE month = ''2010-05-01''', 'Index Cond: \(.*month.* = ''2010-05'),
    ('SELECT * FROM unit_trend WHERE unit_id = 3', 'Index Cond: \(unit_id = 3'),
    ('SELECT * FROM unit_scorecard(''2010-05'') WHERE unit_id = 3', 'Index Cond: \(.*month.*unit_id = 3')) AS q(query, condition);

-- A role that reads, as grant_access makes it.
CREATE ROLE kb_bi_reader;
SELECT grant_access('kb_bi_reader', 'reader');
CREATE TABLE public.kb_bi_result (what text, outcome text);
GRANT ALL ON public.kb_bi_result TO kb_bi_reader;
CREATE FUNCTION pg_temp.outcome(statement text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'works';
EXCEPTION WHEN insufficient_privilege THEN
    RETURN 'denied';
END
$$;
CREATE TEMP TABLE attempts AS
    SELECT 'read' AS what, format('SELECT * FROM %s LIMIT 1', c.oid::regclass) AS statement FROM pg_class c WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'v')
    UNION ALL
    SELECT 'report', format('SELECT * FROM %s', call) FROM unnest(ARRAY['compliance(''2010-06'')', 'scorecard(''2010-06'')', 'blacklist(''2010-06'')', 'unit_scorecard(''2010-06'')',
        'head_scorecard(''2010-06'')', 'check_binding(1, 2)', 'candidates(1)', 'claimable(2)', 'norm_impact(''2010-07-01'')', 'verify()', 'norm_check()']) AS call
    UNION ALL
    SELECT 'write', format(w.statement, c.oid::regclass, a.attname) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
    CROSS JOIN unnest(ARRAY['INSERT INTO %1$s DEFAULT VALUES', 'UPDATE %1$s SET %2$I = %2$I', 'DELETE FROM %1$s', 'TRUNCATE %1$s']) AS w(statement)
    WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'r'
    UNION ALL
    SELECT 'act', format('SELECT %s(%s)', p.oid::regproc, (SELECT string_agg('NULL::' || t::regtype, ', ') FROM unnest(p.proargtypes) t))
    FROM pg_proc p
    WHERE p.pronamespace = 'kb'::regnamespace AND p.prokind = 'f' AND p.provolatile = 'v' AND p.prorettype <> 'trigger'::regtype
    UNION ALL
    SELECT 'act', format('CALL %s(%s)', p.oid::regproc, (SELECT string_agg('NULL::' || t::regtype, ', ') FROM unnest(p.proargtypes) t))
    FROM pg_proc p
    WHERE p.pronamespace = 'kb'::regnamespace AND p.prokind = 'p'
    UNION ALL
    VALUES ('create', 'CREATE TABLE kb.mine ()'), ('create', 'CREATE VIEW kb.mine AS SELECT 1');
GRANT ALL ON attempts TO kb_bi_reader;
SET ROLE kb_bi_reader;
INSERT INTO public.kb_bi_result SELECT a.what, pg_temp.outcome(a.statement) FROM attempts a;
RESET ROLE;
SELECT is((SELECT string_agg(DISTINCT outcome, ' ') FROM public.kb_bi_result WHERE what = w.what), w.outcome, format('a reader: %s %s', w.what, w.outcome))
FROM (VALUES ('read', 'works'), ('report', 'works'), ('write', 'denied'), ('act', 'denied'), ('create', 'denied')) AS w(what, outcome);
SELECT ok((SELECT count(*) > 200 FROM public.kb_bi_result), 'and all of it was tried');
SELECT lives_ok($$SELECT revoke_access('kb_bi_reader', 'reader')$$, 'the right is taken back');
SET ROLE kb_bi_reader;
SELECT throws_ok('SELECT * FROM kb.scorecard', '42501', NULL, 'and then nothing is read');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
