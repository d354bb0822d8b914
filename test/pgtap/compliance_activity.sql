-- meetings, cold_calls, head_meetings, lead_own_meetings, lead_group_meetings:
-- what managers and heads do in a month.
BEGIN;
\ir company.psql
SELECT plan(49);

-- A novice: 20 meetings, 100 calls.
SELECT pg_temp.hire(1, 'universal', '2010-02-01');
SELECT pg_temp.give(NULL, 1, 1);
SELECT pg_temp.act(1, 'meeting', 19, '2010-06-01');
SELECT is(pg_temp.says('2010-06', 1, 'meetings'), '19 [20, -] missed', 'one meeting short');
SELECT pg_temp.act(1, 'meeting', 1, '2010-06-30', NULL);
SELECT pg_temp.act(1, 'meeting', 1, '2010-06-30', outside_office => false);
SELECT pg_temp.act(1, 'meeting', 1, '2010-06-30', outside_office => NULL);
SELECT pg_temp.act(1, 'meeting', 1, '2010-05-31');
SELECT pg_temp.act(1, 'meeting', 1, '2010-07-01');
SELECT is(pg_temp.says('2010-06', 1, 'meetings'), '19 [20, -] missed', 'a meeting names an organization, is outside the office and in the month');
SELECT pg_temp.act(1, 'meeting', 1, '2010-06-30');
SELECT is(pg_temp.says('2010-06', 1, 'meetings'), '20 [20, -] met', 'at the norm, with any organization');
SELECT pg_temp.act(1, 'cold_call', 99, '2010-06-15', NULL, NULL);
SELECT is(pg_temp.says('2010-06', 1, 'cold_calls'), '99 [100, -] missed', 'one call short');
SELECT pg_temp.act(1, 'cold_call', 1, '2010-06-15');
SELECT is(pg_temp.says('2010-06', 1, 'cold_calls'), '100 [100, -] met', 'at the norm');
SELECT is(pg_temp.says('2010-07', 1, 'meetings'), '1 [20, -] pending', 'meetings of the running month are pending');
SELECT is(pg_temp.says('2010-07', 1, 'cold_calls'), '0 [100, -] pending', 'and so are calls');
SELECT pg_temp.act(1, 'meeting', 19, '2010-07-16');
SELECT is(pg_temp.says('2010-07', 1, 'meetings'), '1 [20, -] pending', 'what is entered ahead does not count');
UPDATE activity SET happened_on = '2010-07-15' WHERE happened_on = '2010-07-16';
SELECT is(pg_temp.says('2010-07', 1, 'meetings'), '20 [20, -] met', 'today does');

-- Experienced: half of the base, exactly.
SELECT pg_temp.hire(2, 'universal', '2009-12-01');
SELECT is(pg_temp.says('2010-06', 2, 'meetings'), '0 [-, -] exempt', 'no accounts to take a share of');
SELECT pg_temp.give(2, 11, 15);
SELECT pg_temp.act(2, 'meeting', 2, '2010-06-10');
SELECT is(pg_temp.says('2010-06', 2, 'meetings'), '2 [2.5, -] missed', '2 is less than half of 5');
SELECT pg_temp.act(2, 'meeting', 1, '2010-06-10');
SELECT is(pg_temp.says('2010-06', 2, 'meetings'), '3 [2.5, -] met', '3 is not');
SELECT is(pg_temp.says('2010-06', 2, 'cold_calls'), '0 [-, -] exempt', 'who is no novice owes no calls');
SELECT pg_temp.hire(3, 'chain', '2010-02-01');
SELECT is(pg_temp.says('2010-06', 3, 'cold_calls'), '0 [-, -] exempt', 'nor does a novice of chains');

-- An incomplete first month is not judged.
SELECT pg_temp.hire(4, 'universal', '2010-06-01', hired_on => '2010-06-01');
SELECT pg_temp.hire(5, 'universal', '2010-06-01', hired_on => '2010-06-02');
SELECT pg_temp.hire(6, 'universal', '2010-06-02', hired_on => '2010-01-01');
SELECT is(pg_temp.says('2010-06', 4, 'meetings'), '0 [20, -] missed', 'a whole first month is judged');
SELECT is(pg_temp.says('2010-06', 5, 'meetings'), '0 [-, -] exempt', 'one begun before he was hired is not');
SELECT is(pg_temp.says('2010-06', 5, 'cold_calls'), '0 [-, -] exempt', 'nor for calls');
SELECT is(pg_temp.says('2010-06', 6, 'meetings'), '0 [-, -] exempt', 'nor one begun before he was a novice');
SELECT is(pg_temp.says('2010-05', 6, 'meetings'), '0 [-, -] exempt', 'nor one that he ended as an intern');
-- A head who comes to hold a base, from one post of it to the next.
SELECT pg_temp.hire(7, NULL, '2010-02-01', 'office_head');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES
    (7, '2010-05-02', 'manager', 'universal', 10), (7, '2010-05-20', 'group_lead', 'chain', 10), (7, '2010-06-10', 'manager', 'universal', 10);
SELECT is(pg_temp.says('2010-05', 7, 'meetings'), '0 [-, -] exempt', 'nor one begun before his posts carried the norm');
SELECT is(pg_temp.says('2010-06', 7, 'meetings'), '0 [20, -] missed', 'between posts that carry it nothing begins anew');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (7, '2010-06-05', 'vtc_head', NULL, 12);
SELECT is(pg_temp.says('2010-06', 7, 'meetings'), '0 [-, -] exempt', 'a spell in another post breaks the run');

-- Who is not judged.
SELECT pg_temp.hire(8, 'universal', NULL);
SELECT pg_temp.act(8, 'meeting', 4, '2010-06-10');
SELECT is(pg_temp.says('2010-06', 8, 'meetings'), '4 [-, -] exempt', 'interns are exempt');
SELECT is(pg_temp.says('2010-06', 7, 'head_meetings'), NULL, 'who may hold a base owes no head''s meetings');

-- Heads.
SELECT pg_temp.hire(20, NULL, NULL, 'office_head', hired_on => '2010-05-02');
SELECT pg_temp.hire(21, NULL, '2008-01-01', 'personal_sales_head');
SELECT pg_temp.hire(22, NULL, '2008-01-01', 'sales_director');
SELECT pg_temp.act(20, 'meeting', 14, '2010-06-10');
SELECT pg_temp.act(21, 'meeting', 20, '2010-06-10');
SELECT is(pg_temp.says('2010-06', 20, 'head_meetings'), '14 [15, -] missed', 'an office head owes 15, whatever his status');
SELECT pg_temp.act(20, 'meeting', 1, '2010-06-10');
SELECT is(pg_temp.says('2010-06', 20, 'head_meetings'), '15 [15, -] met', 'at the norm');
SELECT is(pg_temp.says('2010-06', 21, 'head_meetings'), '20 [20, -] met', 'a head of personal sales owes 20');
DELETE FROM activity WHERE id = (SELECT max(id) FROM activity WHERE manager_id = 21);
SELECT is(pg_temp.says('2010-06', 21, 'head_meetings'), '19 [20, -] missed', 'one short');
SELECT is(pg_temp.says('2010-07', 21, 'head_meetings'), '0 [20, -] pending', 'pending in the running month');
SELECT is(pg_temp.says('2010-05', 20, 'head_meetings'), '0 [-, -] exempt', 'not in a month begun before he was hired');
INSERT INTO manager_post (manager_id, since, "position", unit_id) VALUES (21, '2010-06-02', 'office_head', 10);
SELECT is(pg_temp.says('2010-06', 21, 'head_meetings'), '19 [-, -] exempt', 'nor in one begun before he came to this position');
SELECT is((SELECT count(*) FROM compliance('2010-06') WHERE manager_id = 22), 0::bigint, 'who owes nothing has no row');
SELECT is((SELECT count(*) FROM compliance('2010-06') WHERE manager_id = 20), 1::bigint, 'a head has no other');
SELECT is((SELECT count(*) FROM compliance('2009-12') WHERE manager_id = 22), 0::bigint, 'nor any before the first norm of his position');

-- A group lead: half of his own base with his own clients, 15 with the group's.
SELECT pg_temp.hire(30, 'universal', '2008-01-01', 'group_lead');
SELECT pg_temp.hire(31, 'universal', lead_id => 30);
SELECT is(pg_temp.says('2010-06', 30, 'lead_own_meetings'), '0 [-, -] exempt', 'no accounts to take a share of');
SELECT pg_temp.give(30, 301, 304, bound_on => '2010-06-10');
SELECT pg_temp.give(31, 311, 311);
SELECT pg_temp.act(30, 'meeting', 1, '2010-06-10', 301);
SELECT pg_temp.act(30, 'meeting', 1, '2010-06-09', 302);
SELECT is(pg_temp.says('2010-06', 30, 'lead_own_meetings'), '1 [2, -] missed', 'a client must be his on the day');
-- Client 302 was his before, with a gap.
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (302, 30, '2010-06-01', '2010-06-09', false, 'unbind');
SELECT is(pg_temp.says('2010-06', 30, 'lead_own_meetings'), '1 [2, -] missed', 'on its last day a client is his no more');
UPDATE activity SET happened_on = '2010-06-08' WHERE organization_id = 302;
SELECT is(pg_temp.says('2010-06', 30, 'lead_own_meetings'), '2 [2, -] met', 'the day before he is');
SELECT pg_temp.act(30, 'meeting', 14, '2010-06-20', 311);
SELECT is(pg_temp.says('2010-06', 30, 'lead_group_meetings'), '14 [15, -] missed', 'one short of 15 with the group''s');
SELECT pg_temp.act(30, 'meeting', 1, '2010-06-20', 311);
SELECT is(pg_temp.says('2010-06', 30, 'lead_group_meetings'), '15 [15, -] met', 'at the norm');
SELECT is(pg_temp.says('2010-06', 30, 'meetings'), '17 [2, -] met', 'he owes what managers owe beside it');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (31, '2010-06-20', 'manager', 'universal', 10);
SELECT is(pg_temp.says('2010-06', 30, 'lead_group_meetings'), '0 [15, -] missed', 'a manager who has left the group does not count from that day');
UPDATE manager_post SET since = '2010-06-21' WHERE manager_id = 31 AND since = '2010-06-20';
UPDATE manager SET left_on = '2010-06-21' WHERE id = 31;
SELECT is(pg_temp.says('2010-06', 30, 'lead_group_meetings'), '15 [15, -] met', 'one who leaves the day after does');
UPDATE manager SET left_on = '2010-06-20' WHERE id = 31;
SELECT is(pg_temp.says('2010-06', 30, 'lead_group_meetings'), '0 [15, -] missed', 'one who left does not');
SELECT is(pg_temp.says('2010-07', 30, 'lead_own_meetings'), '0 [2, -] pending', 'a lead''s are pending in the running month');
SELECT is(pg_temp.says('2010-07', 30, 'lead_group_meetings'), '0 [15, -] pending', 'also without a group');
SELECT is(pg_temp.says('2010-05', 7, 'lead_own_meetings'), '0 [-, -] exempt', 'not in a month begun before he became a lead');
SELECT is(pg_temp.says('2010-06', 31, 'lead_own_meetings'), NULL, 'who leads nobody owes none');
UPDATE manager_post SET specialization = NULL WHERE manager_id = 30;
SELECT is(pg_temp.says('2010-07', 30, 'lead_group_meetings'), '0 [-, -] exempt', 'a lead without a specialization is exempt');

SELECT * FROM finish();
ROLLBACK;
