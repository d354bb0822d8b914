-- Rule cool_off: a client comes back to who had it only after so many days.
BEGIN;
\ir company.psql
SELECT plan(35);

SELECT org(1, city => NULL), org(2, city => NULL, head_id => 1), org(3), org(4);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (1, 1, '2010-01-10'), (3, 13, '2010-01-10');
DELETE FROM binding WHERE organization_id = 1;

-- Off where no policy names it
SELECT is(bind(1, 1), 'passes', 'without a cool-off he takes it back at once');
INSERT INTO policy (effective_from, cool_off_days) VALUES ('2010-07-16', 30);
SELECT is(bind(1, 1), 'passes', 'and before the day on which there is one');
UPDATE policy SET effective_from = '2010-07-15' WHERE cool_off_days = 30;
SELECT is(bind(1, 1), 'cool_off', 'from that day he does not');
UPDATE policy SET cool_off_days = 2147483647 WHERE cool_off_days = 30;
SELECT is(bind(1, 1), 'cool_off', 'nor ever, by more days than there are dates');
UPDATE policy SET cool_off_days = 30 WHERE cool_off_days = 2147483647;
SELECT is(bind(1, 2), 'passes', 'who did not have it does');
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 3'), 'passes', 'and he any other client');

-- The bound: 30 days after the end, and the day before
SET kbnorms.today = '2010-08-13';
SELECT is(bind(1, 1), 'cool_off', 'on the last day of 30');
SELECT is(bind(1, 1, additional => true), 'cool_off', 'nor beside another');
SELECT is(bind(2, 1), 'cool_off', 'nor any organization of the client');
SELECT is((failure_of('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)')).detail,
    'rule "cool_off": organization 1 "Client 1", manager 1 "Manager 1": actual his until 2010-07-15, allowed not before 2010-08-14',
    'the error says until when it was his, and from when it may be again');
SET kbnorms.today = '2010-08-14';
SELECT is(bind(1, 1), 'passes', 'on the day after');
SELECT is(bind(1, 1, '2010-08-01'), 'passes', 'whatever day the binding is dated');
SET kbnorms.today = '2010-07-20';

-- Every way of writing
SELECT is(broken('COPY kb.binding (organization_id, manager_id) FROM PROGRAM ''printf "2\\t1\\n"'''), 'cool_off', 'COPY');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1) ON CONFLICT DO NOTHING'), 'cool_off', 'ON CONFLICT');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (1, 1)) AS v (o, m) ON b.organization_id = v.o
    WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (o, m)'), 'cool_off', 'MERGE');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 2);
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 1'), 'cool_off', 'a move');
SELECT is(broken('UPDATE kb.binding SET organization_id = 2, manager_id = 1 WHERE organization_id = 3'), 'cool_off', 'a changed organization');

-- What a move took away comes back no sooner than what was released
UPDATE binding SET manager_id = 19 WHERE organization_id = 1;
SELECT is(broken('UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1'), 'passes', 'had and given away on one day is not had');
SET kbnorms.today = '2010-07-25';
UPDATE binding SET manager_id = 2 WHERE organization_id = 1;
SELECT is(broken('UPDATE kb.binding SET manager_id = 19 WHERE organization_id = 1'), 'cool_off', 'moved away and back');
SELECT is(broken('UPDATE kb.binding SET manager_id = 13 WHERE organization_id = 1'), 'passes', 'moved on to a third');

-- What he still holds brings no new client
INSERT INTO binding (organization_id, manager_id) VALUES (2, 2);
DELETE FROM binding WHERE organization_id = 1;
SELECT is(bind(1, 2, '2010-07-25'), 'passes', 'an organization of a client of which he holds another');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 2'), 'passes', 'an end is not judged');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 2)
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)'), 'passes', 'one organization for another in one statement');
SELECT is(broken('UPDATE kb.binding SET additional = true WHERE organization_id = 2'), 'passes', 'nor is a change that keeps the pair');

-- Past holdings that came from an older system count
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (4, 8, '2009-02-01', '2010-07-01', false, 'unbind');
SELECT is(bind(4, 8), 'cool_off', 'history that was loaded, and who has no specialization');
DELETE FROM rule WHERE code = 'cool_off';
SELECT is(bind(4, 8), 'cool_off', 'a rule without a row blocks');
INSERT INTO rule (code, title_en, title_ru, sort_order, enforcement) VALUES ('cool_off', 'x', 'x', 13, 'warn');
SET LOCAL client_min_messages = error;
SELECT is(bind(4, 8), 'passes', 'under warn');
SET LOCAL client_min_messages = warning;
UPDATE rule SET enforcement = 'off' WHERE code = 'cool_off';
SELECT is(bind(4, 8), 'passes', 'switched off');
UPDATE rule SET enforcement = 'block' WHERE code = 'cool_off';
UPDATE policy SET cool_off_days = 24 WHERE cool_off_days = 30;
SELECT is(bind(4, 8), 'passes', 'a policy that is changed holds at once');

-- The same answer through every door
SELECT is((SELECT concat_ws('|', passed, actual, bound) FROM check_binding(4, 8) WHERE code = 'cool_off'), 't|his until 2010-07-01|not before 2010-07-25',
    'check_binding says what it compared');
SELECT matches((SELECT remedy FROM check_binding(4, 8, '2010-07-24') WHERE code = 'cool_off'), '^Bind the client to him on 2010-07-25 or later', 'the remedy is the first day that passes');
SELECT is((SELECT passed FROM check_binding(4, 8, '2010-07-24') WHERE code = 'cool_off'), false, 'also of another day');
UPDATE policy SET cool_off_days = 25 WHERE cool_off_days = 24;
CREATE TEMP TABLE wanted AS SELECT 4 AS organization_id, m AS manager_id FROM unnest(ARRAY[8, 1]) m;
SELECT is((SELECT string_agg(concat_ws(' ', manager_id, code), ', ') FROM check_bindings('wanted')), '8 cool_off', 'check_bindings');
SELECT ok(NOT EXISTS (SELECT FROM claimable(8) WHERE account_id = 4) AND EXISTS (SELECT FROM claimable(1) WHERE account_id = 4), 'claimable');
SELECT ok(NOT EXISTS (SELECT FROM candidates(4) WHERE manager_id = 8) AND EXISTS (SELECT FROM candidates(4) WHERE manager_id = 1), 'candidates');

SELECT * FROM finish();
ROLLBACK;
