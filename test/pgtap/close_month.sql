-- close_month: a month on record stays as it was, and the reports read it.
BEGIN;
\ir company.psql
SELECT plan(51);

SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.hire(2, 'dealer', unit_id => 11);
SELECT pg_temp.hire(3, 'universal', "position" => 'group_lead');
SELECT pg_temp.hire(4, 'universal', lead_id => 3);
SELECT pg_temp.hire(7, NULL, "position" => 'office_head');
SELECT pg_temp.give(1, 1, 25);
SELECT pg_temp.give(2, 31, 40, 'dealer');
SELECT pg_temp.give(4, 51, 60, 'industrial');
INSERT INTO turnover (organization_id, month, amount) SELECT g, kbnorms.month '2010-03' + g % 4, g * 1000 FROM generate_series(1, 60) g
WHERE g IN (SELECT organization_id FROM binding);
SELECT pg_temp.act(1, 'meeting', 5, '2010-06-30');
SELECT pg_temp.act(7, 'meeting', 15, '2010-06-02');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (2, '2010-05-20', 'manager', 'universal', 11);
INSERT INTO feed (name, loaded_through) VALUES ('turnover', '2010-06-30'), ('activity', '2010-06-30');
SET LOCAL session_replication_role = origin;
ANALYZE;

-- What cannot be closed.
SELECT throws_ok('SELECT close_month(NULL)', '22004', 'month must not be null', 'NULL is no month');
SELECT throws_ok('SELECT close_month(''2010-07'')', '55000', 'month 2010-07 is not over', 'nor is the running one over');
SELECT throws_ok('SELECT close_month(''2010-08'')', '55000', 'month 2010-08 is not over', 'nor one to come');
SET LOCAL kbnorms.today = '2010-07-31';
SELECT throws_ok('SELECT close_month(''2010-07'')', '55000', 'month 2010-07 is not over', 'on its last day it is not');
SET LOCAL kbnorms.today = '2010-07-15';

-- Frozen as it is shown.
CREATE TEMPORARY TABLE june_compliance AS SELECT * FROM compliance('2010-06');
CREATE TEMPORARY TABLE june_scorecard AS SELECT * FROM scorecard('2010-06');
CREATE TEMPORARY TABLE june_blacklist AS SELECT * FROM blacklist('2010-06');
CREATE TEMPORARY TABLE june_units AS SELECT * FROM unit_scorecard('2010-06');
CREATE TEMPORARY TABLE june_heads AS SELECT * FROM head_scorecard('2010-06');
SELECT is((SELECT array_agg(DISTINCT verdict ORDER BY verdict) FROM june_compliance), ARRAY['exempt', 'met', 'missed', 'pending'], 'June has every verdict');
SELECT is((SELECT min(n) > 0 FROM (VALUES ((SELECT count(*) FROM june_blacklist)), ((SELECT count(*) FROM june_units)), ((SELECT count(*) FROM june_heads))) v(n)),
    true, 'a black list, units and heads');
SELECT is(close_month('2010-06'),
    (SELECT count(*) FROM june_compliance) + (SELECT count(*) FROM june_scorecard) + (SELECT count(*) FROM june_blacklist)
        + (SELECT count(*) FROM june_units) + (SELECT count(*) FROM june_heads), 'so many rows are frozen');
SELECT is((SELECT to_jsonb(z) FROM closed_month z), jsonb_build_object('month', '2010-06', 'as_of', '2010-06-30', 'facts_through', '2010-06-30',
    'closed_at', now(), 'closed_by', current_user, 'checksum', month_checksum('2010-06')), 'and it is said of what, when and by whom');
PREPARE same AS
    SELECT 'compliance' AS report, count(*) FROM (TABLE june_compliance EXCEPT ALL SELECT * FROM compliance('2010-06')) d HAVING count(*) > 0
    UNION ALL SELECT 'scorecard', count(*) FROM (TABLE june_scorecard EXCEPT ALL SELECT * FROM scorecard('2010-06')) d HAVING count(*) > 0
    UNION ALL SELECT 'blacklist', count(*) FROM (TABLE june_blacklist EXCEPT ALL SELECT * FROM blacklist('2010-06')) d HAVING count(*) > 0
    UNION ALL SELECT 'unit_scorecard', count(*) FROM (TABLE june_units EXCEPT ALL SELECT * FROM unit_scorecard('2010-06')) d HAVING count(*) > 0
    UNION ALL SELECT 'head_scorecard', count(*) FROM (TABLE june_heads EXCEPT ALL SELECT * FROM head_scorecard('2010-06')) d HAVING count(*) > 0
    UNION ALL SELECT 'more', c.n - j.n
    FROM (SELECT (SELECT count(*) FROM compliance('2010-06')) + (SELECT count(*) FROM scorecard('2010-06')) + (SELECT count(*) FROM blacklist('2010-06'))
            + (SELECT count(*) FROM unit_scorecard('2010-06')) + (SELECT count(*) FROM head_scorecard('2010-06')) AS n) c,
        (SELECT (SELECT count(*) FROM june_compliance) + (SELECT count(*) FROM june_scorecard) + (SELECT count(*) FROM june_blacklist)
            + (SELECT count(*) FROM june_units) + (SELECT count(*) FROM june_heads) AS n) j
    WHERE c.n <> j.n;
SELECT is_empty('same', 'the record says what the reports said');
SELECT is((SELECT count(*) FROM unit_scorecard('2010-06', 10)), 1::bigint, 'of one unit too');
SELECT is(close_month('2010-06'), 0::bigint, 'a second time nothing is done');
SELECT is((SELECT checksum = month_checksum('2010-06') FROM closed_month), true, 'or changed');

-- Whatever changes later.
SET LOCAL session_replication_role = replica;
UPDATE turnover SET amount = 500000;
DELETE FROM activity;
UPDATE organization SET client_group = 'chain', potential = 'S', name = 'Renamed', city = 'Kungur';
UPDATE manager SET full_name = 'Renamed', left_on = CASE WHEN id = 1 THEN date '2010-06-01' END;
UPDATE unit SET name = 'Renamed', parent_id = 1 WHERE id = 11;
DELETE FROM binding WHERE manager_id = 4;
UPDATE manager_post SET unit_id = 11 WHERE manager_id = 4;
UPDATE norm_tenure SET min_accounts = 1, max_accounts = 2;
UPDATE feed SET loaded_through = '2010-07-14';
SET LOCAL session_replication_role = origin;
SELECT is_empty('same', 'June stays as it was');
SELECT is((SELECT checksum = month_checksum('2010-06') FROM closed_month), true, 'to the last character');
SELECT cmp_ok((SELECT count(*) FROM (TABLE june_scorecard EXCEPT ALL SELECT * FROM scorecard('2010-05')) d), '>', 0::bigint, 'another month is judged anew');
SELECT isnt_empty($$SELECT month, manager_id, measure, actual, verdict FROM june_compliance
    EXCEPT SELECT month, manager_id, measure, actual, verdict FROM judged('2010-06')$$, 'as June would be, had it not been closed');
SET LOCAL kbnorms.today = '2010-11-20';
SELECT is_empty('same', 'months later too');
SET LOCAL kbnorms.today = '2010-07-15';

-- Nobody touches the record, its owner no more than others.
SELECT throws_ok(format('UPDATE %s SET month = month', t), '42501', format('rows of table "%s" are neither changed nor removed', t), t || ' is not updated')
FROM unnest(ARRAY['closed_month', 'compliance_history', 'scorecard_history', 'blacklist_history', 'unit_scorecard_history', 'head_scorecard_history']) t;
SELECT throws_ok(format('DELETE FROM %s', t), '42501', NULL, 'nor deleted from')
FROM unnest(ARRAY['closed_month', 'compliance_history', 'scorecard_history', 'blacklist_history', 'unit_scorecard_history', 'head_scorecard_history']) t;
SELECT throws_ok(format('TRUNCATE %s CASCADE', t), '42501', NULL, 'nor emptied')
FROM unnest(ARRAY['closed_month', 'compliance_history', 'scorecard_history', 'blacklist_history', 'unit_scorecard_history', 'head_scorecard_history']) t;
SELECT throws_ok(format('INSERT INTO %s (month, manager_id%s) VALUES (''2010-06-01'', 4%s)', t, x.names, x.given), '42501',
    format('month 2010-06 is on record: table "%s" takes no more rows of it', t), t || ' takes no more rows')
FROM (VALUES ('compliance_history', ', measure', ', ''another'''), ('head_scorecard_history', '', '')) x(t, names, given);
SAVEPOINT stray;
INSERT INTO compliance_history (month, manager_id, measure) VALUES ('2010-02', 1, 'meetings');
SELECT throws_ok('SET CONSTRAINTS ALL IMMEDIATE', '23503', NULL, 'nor are there rows of a month that is not on record');
ROLLBACK TO stray;

-- The branch that is not wanted is not executed.
CREATE FUNCTION pg_temp.executed(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || query INTO plan;
    RETURN QUERY
    SELECT DISTINCT coalesce(node ->> 'Relation Name', node ->> 'Function Name')
    FROM jsonb_path_query(plan, 'strict $.**') node
    WHERE jsonb_typeof(node) = 'object' AND coalesce(node ->> 'Relation Name', node ->> 'Function Name') IS NOT NULL
        AND (node ->> 'Actual Loops')::bigint > 0;
END
$$;
SELECT is((SELECT array_agg(e ORDER BY e) FROM pg_temp.executed(format('SELECT * FROM %s(''2010-06'')', r)) e), (SELECT array_agg(e ORDER BY e) FROM unnest(ARRAY['closed_month', r || '_history']) e),
    r || ' of a month on record reads the record alone')
FROM unnest(ARRAY['compliance', 'scorecard', 'blacklist', 'unit_scorecard', 'head_scorecard']) r;
SELECT bag_has('SELECT pg_temp.executed(''SELECT * FROM compliance(''''2010-05'''')'')', $$VALUES ('activity'), ('binding'), ('closed_month')$$,
    'another one does not');

-- By the job: what has ended, from the first on record.
SELECT is(close_month_job(), 0::bigint, 'nothing is left to close');
SET LOCAL kbnorms.today = '2010-10-02';
SELECT throws_ok('SELECT close_month_job()', '55000', 'month 2010-07 cannot be closed yet: feed "turnover" is loaded only through 2010-07-14',
    'it waits for the facts of a month');
UPDATE feed SET loaded_through = '2010-09-30' WHERE name = 'turnover';
DELETE FROM feed WHERE name = 'activity';
SELECT throws_ok('SELECT close_month_job()', '55000', 'month 2010-07 cannot be closed yet: feed "activity" is loaded only through no day',
    'for those of every feed that it needs');
INSERT INTO feed (name, loaded_through) VALUES ('activity', '2010-09-30');
SELECT is(close_month_job(), 3::bigint, 'it catches up');
SELECT is((SELECT array_agg(month::text ORDER BY month) FROM closed_month), ARRAY['2010-06', '2010-07', '2010-08', '2010-09'], 'month by month');
SET LOCAL kbnorms.today = '2012-03-03';
UPDATE feed SET loaded_through = '2012-03-02';
SELECT is(close_month_job(), 12::bigint, 'after a long pause a year of them');
SELECT is((SELECT min(month)::text FROM closed_month WHERE month > '2010-09'), '2011-03', 'the last one');

SELECT * FROM finish();
ROLLBACK;
