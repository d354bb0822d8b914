-- Rule intake_limit: so many new clients of a manager in a day.
BEGIN;
\ir company.psql
SELECT plan(34);

SELECT org(id) FROM generate_series(1, 9) AS id;
SELECT org(11, head_id => 1), org(12, head_id => 2);
CREATE FUNCTION tools.bulk(manager_id integer, VARIADIC ids integer[]) RETURNS text
LANGUAGE sql RETURN tools.broken(format(
    'INSERT INTO kb.binding (organization_id, manager_id) SELECT unnest(%L::integer[]), %s', $2, $1));

SELECT is(bulk(1, 1, 2, 3, 4), 'passes', 'without a limit any number');
INSERT INTO binding (organization_id, manager_id) VALUES (9, 1);
SELECT is((SELECT count(taken_on) FROM binding_log), 0::bigint, 'and nothing is noted');
INSERT INTO policy (effective_from, max_new_accounts_per_day) VALUES ('2010-07-16', 2);
SELECT is(bulk(1, 1, 2, 3, 4), 'passes', 'nor before the day on which there is one');
UPDATE policy SET effective_from = '2010-07-15' WHERE max_new_accounts_per_day = 2;

-- The bound and one past it, in one statement and in several
SELECT is(bulk(1, 1, 2), 'passes', 'two of two');
SELECT is(bulk(1, 1, 2, 3), 'intake_limit', 'three of two');
SELECT is(bulk(1, 1, 11, 2, 12), 'passes', 'clients count, not organizations');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1);
SELECT is(bulk(1, 2), 'passes', 'a second one in a second statement');
SELECT is(bulk(1, 2, 3), 'intake_limit', 'a third one');
INSERT INTO binding (organization_id, manager_id) VALUES (2, 1);
SELECT is(bind(3, 1), 'intake_limit', 'and in a third statement');
SELECT is(bind(3, 1, '2010-07-01'), 'intake_limit', 'whatever day the binding is dated');
SELECT is(bind(3, 1, additional => true), 'intake_limit', 'an additional binding counts too');
SELECT is(bind(11, 1), 'passes', 'a further organization of a client that he holds');
SELECT is(bind(3, 2), 'passes', 'another manager has a limit of his own');
SELECT is((failure_of('INSERT INTO kb.binding (organization_id, manager_id) VALUES (3, 1)')).detail,
    'rule "intake_limit": organization 3 "Client 3", manager 1 "Manager 1": actual 3 new in a day, allowed 2', 'the error says how many');
SELECT results_eq('SELECT organization_id, taken_on FROM binding_log WHERE manager_id = 1 AND unbound_on IS NULL ORDER BY id',
    $$VALUES (9, NULL), (1, date '2010-07-15'), (2, '2010-07-15')$$, 'the log notes what was taken');

-- Every way of writing
SELECT is(broken('COPY kb.binding (organization_id, manager_id) FROM PROGRAM ''printf "3\\t1\\n"'''), 'intake_limit', 'COPY');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (3, 1)) AS v (o, m) ON b.organization_id = v.o
    WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (o, m)'), 'intake_limit', 'MERGE');
INSERT INTO binding (organization_id, manager_id) VALUES (4, 2);
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 4'), 'intake_limit', 'a move brings one too');
SELECT is(broken('UPDATE kb.binding SET organization_id = 3 WHERE organization_id = 1'), 'intake_limit', 'a changed organization');
SELECT is(broken('UPDATE kb.binding SET manager_id = 3 - manager_id WHERE organization_id IN (1, 4)'), 'intake_limit', 'also where he gives one for it');

-- What is given away was taken all the same; taken twice it counts once
DELETE FROM binding WHERE organization_id = 1;
SELECT is(bind(3, 1), 'intake_limit', 'giving one away makes no room today');
SELECT is(bind(1, 1), 'passes', 'the same one again');
SELECT is(bind(11, 1), 'passes', 'or another organization of it');
SELECT is(broken('UPDATE kb.binding SET bound_on = bound_on - 1 WHERE organization_id = 2'), 'passes', 'what is kept is not taken');
UPDATE policy SET max_new_accounts_per_day = 1 WHERE max_new_accounts_per_day = 2;
SELECT is(bind(1, 1), 'passes', 'what raises no count passes also above a limit that was lowered');
UPDATE policy SET max_new_accounts_per_day = 0 WHERE max_new_accounts_per_day = 1;
SELECT is(bind(5, 2), 'intake_limit', 'a limit of none');
UPDATE policy SET max_new_accounts_per_day = 2 WHERE max_new_accounts_per_day = 0;

-- The next day begins anew
SELECT is((SELECT concat_ws('|', passed, actual, bound) FROM check_binding(3, 1) WHERE code = 'intake_limit'), 'f|3 new in a day|2', 'check_binding');
SELECT is((SELECT concat_ws('|', passed, actual, bound) FROM check_binding(3, 1, '2010-07-16') WHERE code = 'intake_limit'), 't|1 new in a day|2', 'and of tomorrow');
CREATE TEMP TABLE wanted AS SELECT 3 AS organization_id, m AS manager_id FROM unnest(ARRAY[1, 2, 1]) m;
SELECT is((SELECT string_agg(concat_ws(' ', manager_id, code), ', ') FROM check_bindings('wanted')), '1 intake_limit, 1 intake_limit', 'check_bindings judges each by itself');
SELECT ok(NOT EXISTS (SELECT FROM claimable(1) WHERE account_id = 3) AND EXISTS (SELECT FROM claimable(2) WHERE account_id = 3), 'claimable');
SELECT ok(NOT EXISTS (SELECT FROM candidates(3) WHERE manager_id = 1) AND EXISTS (SELECT FROM candidates(3) WHERE manager_id = 2), 'candidates');
SET kbnorms.today = '2010-07-16';
SELECT matches((failure_of('INSERT INTO kb.binding (organization_id, manager_id) SELECT unnest(ARRAY[3, 5, 6, 7]), 1')).hint,
    '^Leave 2 accounts for 2010-07-17 or later', 'the remedy: how many wait for tomorrow');
SELECT is(bulk(1, 3, 5), 'passes', 'two on the next day');

-- The first load is none
CREATE TEMP TABLE legacy AS SELECT id AS organization_id, 19 AS manager_id, date '2010-01-01' AS bound_on FROM unnest(ARRAY[3, 5, 6]) AS id;
SELECT is((SELECT imported || ' ' || (SELECT count(*) FROM binding_log WHERE manager_id = 19 AND taken_on IS NOT NULL) FROM import_bindings('legacy')), '3 0',
    'the first load is not counted');

SELECT * FROM finish();
ROLLBACK;
