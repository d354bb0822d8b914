-- base_size: accounts in the base against the size for specialization and tenure.
BEGIN;
\ir company.psql
SELECT plan(24);

SELECT pg_temp.hire(1, 'universal');
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '0 [20, 40] missed', 'no base is below the minimum');
SELECT pg_temp.give(1, 1, 19);
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '19 [20, 40] missed', 'one below the minimum');
SELECT pg_temp.give(1, 20, 20);
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '20 [20, 40] met', 'at the minimum');
SELECT pg_temp.give(1, 21, 40);
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '40 [20, 40] met', 'at the maximum');
INSERT INTO organization (id, name, head_id) VALUES (100, 'Branch of 40', 40);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (100, 1, '2010-01-01');
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '40 [20, 40] met', 'a linked organization is no client of its own');
SELECT pg_temp.give(NULL, 41, 41);
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (41, 1, '2010-01-01', true);
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '41 [20, 40] missed', 'one above the maximum, by an additional binding');
DELETE FROM binding WHERE organization_id IN (40, 41);
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '40 [20, 40] met', 'a linked organization stands for its client where the head is not bound');
UPDATE binding SET bound_on = '2010-07-16' WHERE organization_id = 1;
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '39 [20, 40] met', 'what begins tomorrow is not held today');

-- The rows of tenure: the day before and the day of each.
SELECT pg_temp.hire(2, 'universal', '2010-05-16');
SELECT pg_temp.hire(3, 'universal', '2010-05-15');
SELECT pg_temp.hire(4, 'universal', '2010-03-16');
SELECT pg_temp.hire(5, 'universal', '2010-03-15');
SELECT pg_temp.hire(6, 'chain', '2010-07-15');
SELECT pg_temp.hire(7, 'universal', '2010-07-16');
SELECT pg_temp.hire(8, 'universal', NULL);
SELECT is(pg_temp.says('2010-07', 2, 'base_size'), '0 [-, 40] met', 'a novice owes no minimum before two months');
SELECT is(pg_temp.says('2010-07', 3, 'base_size'), '0 [15, 40] missed', 'he does from two months on');
SELECT is(pg_temp.says('2010-07', 4, 'base_size'), '0 [15, 40] missed', 'the same one day before four months');
SELECT is(pg_temp.says('2010-07', 5, 'base_size'), '0 [20, 40] missed', 'and more from four months on');
SELECT is(pg_temp.says('2010-07', 6, 'base_size'), '0 [-, 10] met', 'chains have no minimum');
SELECT is(pg_temp.says('2010-07', 7, 'base_size'), '0 [-, -] exempt', 'an intern until tomorrow is exempt');
SELECT is(pg_temp.says('2010-07', 8, 'base_size'), '0 [-, -] exempt', 'and so is one without an end in sight');
SELECT is(pg_temp.says('2010-04', 5, 'base_size'), '0 [-, 40] met', 'tenure is that of the month''s last day');

-- Who has no specialization is exempt; no norm at all is a maximum of none.
SELECT pg_temp.hire(9, NULL, "position" => 'vtc_head', unit_id => 12);
SELECT pg_temp.hire(10, NULL);
SELECT pg_temp.give(9, 201, 203);
SELECT pg_temp.give(10, 301, 302);
SELECT is(pg_temp.says('2010-07', 9, 'base_size'), '3 [-, -] exempt', 'a head of a VTC is exempt');
SELECT is(pg_temp.says('2010-07', 10, 'base_size'), '2 [-, -] exempt', 'a manager without a specialization is exempt');
SELECT is(pg_temp.says('2009-12', 1, 'base_size'), '38 [-, 0] missed', 'before the first norm nothing may be held');
UPDATE norm_tenure SET min_accounts = NULL, max_accounts = NULL WHERE specialization = 'chain';
SELECT is(pg_temp.says('2010-07', 6, 'base_size'), '0 [-, -] exempt', 'a norm without bounds regulates nothing');

-- Two months after a change of specialization.
SELECT pg_temp.hire(11, 'territorial');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (11, '2010-05-16', 'manager', 'dealer', 10);
SELECT is(pg_temp.says('2010-07', 11, 'base_size'), '0 [15, 30] pending', 'pending on the last day of the two months');
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.says('2010-07', 11, 'base_size'), '0 [15, 30] missed', 'missed once they are over');
SELECT is(pg_temp.says('2010-06', 11, 'base_size'), '0 [15, 30] pending', 'the closed month was still pending');
SELECT is(pg_temp.says('2010-04', 11, 'base_size'), '0 [30, 60] missed', 'the month before went by the former specialization');

SELECT * FROM finish();
ROLLBACK;
