-- respecialization and handover: what is due after a change, and until when.
BEGIN;
\ir company.psql
SELECT plan(46);

-- A universal manager becomes industrial on 16 May: two months until 16 July.
SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 3, 'emo');
SELECT pg_temp.give(1, 4, 5, 'industrial');
SELECT pg_temp.give(1, 6, 6, 'dealer');
SELECT is(pg_temp.says('2010-07', 1, 'respecialization'), '- [-, -] exempt', 'who never changed is exempt');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (1, '2010-05-16', 'manager', 'industrial', 10);
SELECT is(pg_temp.says('2010-07', 1, 'respecialization'), '3 [-, 0] pending', 'what fitted the old one and does not fit the new');
SELECT is(pg_temp.says('2010-07', 1, 'off_profile'), '1 [-, 0] missed', 'until the deadline only what fits neither is off-profile');
SELECT is(pg_temp.says('2010-07', 1, 'client_group'), '0 [-, 0] met', 'and what is due is not held against him as forbidden');
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '6 [20, 60] pending', 'nor the size');
UPDATE binding SET bound_on = '2010-05-16' WHERE organization_id = 1;
UPDATE binding SET bound_on = '2010-05-15' WHERE organization_id = 2;
SELECT is(pg_temp.says('2010-07', 1, 'respecialization'), '2 [-, 0] pending', 'what was bound on the day of the change is not due');
SELECT is(pg_temp.says('2010-07', 1, 'client_group'), '1 [-, 0] missed', 'it is a violation');
INSERT INTO organization (id, name, head_id) VALUES (11, 'Branch of 1', 1);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (11, 1, '2009-01-01');
SELECT is(pg_temp.says('2010-07', 1, 'respecialization'), '3 [-, 0] pending', 'the earliest of a client''s bindings counts');
SELECT is(pg_temp.says('2010-05', 1, 'respecialization'), '3 [-, 0] pending', 'the same by the norms of May, when these groups had no stance');
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.says('2010-07', 1, 'respecialization'), '3 [-, 0] missed', 'missed from two months on');
SELECT is(pg_temp.says('2010-07', 1, 'off_profile'), '4 [-, 0] missed', 'and off-profile again');
SELECT is(pg_temp.says('2010-07', 1, 'client_group'), '3 [-, 0] missed', 'and forbidden again');
SELECT is(pg_temp.says('2010-06', 1, 'respecialization'), '3 [-, 0] pending', 'the closed month stays pending');
DELETE FROM binding WHERE organization_id IN (1, 2, 3, 11);
SELECT is(pg_temp.says('2010-07', 1, 'respecialization'), '0 [-, 0] met', 'met with nothing left');
SET LOCAL kbnorms.today = '2010-07-15';

-- What does not fit: quota, city, territories, newcomers.
SELECT pg_temp.hire(2, 'chain');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (2, '2010-06-01', 'manager', 'universal', 10);
SELECT pg_temp.give(2, 101, 107, 'dealer');
SELECT is(pg_temp.says('2010-07', 2, 'respecialization'), '7 [-, 0] pending', 'a cap is no reason not to have fitted');
SELECT is(pg_temp.says('2010-07', 2, 'off_profile'), '0 [-, 0] met', 'all of them are spared');
SELECT pg_temp.hire(3, 'dealer');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (3, '2010-06-01', 'manager', 'universal', 10);
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance) VALUES ('universal', 'dealer', '2010-07-01', 'allowed');
SELECT pg_temp.give(3, 111, 112, 'dealer', city => 'Kungur');
UPDATE binding SET territory_exception = 'potential fully realised' WHERE organization_id = 112;
SELECT is(pg_temp.says('2010-07', 3, 'respecialization'), '1 [-, 0] pending', 'outside the city is not fitting, unless justified');
SELECT is(pg_temp.says('2010-07', 3, 'territory'), '0 [-, 0] met', 'spared until the deadline');
SELECT pg_temp.hire(4, 'territorial');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (4, '2010-06-01', 'manager', 'universal', 10), (4, '2010-06-15', 'manager', 'territorial', 10);
SELECT pg_temp.give(4, 121, 122, territory_id => 1);
SELECT is(pg_temp.says('2010-07', 4, 'respecialization'), '2 [-, 0] pending', 'a territory that is not his is not fitting the strict rule; the latest change counts');
INSERT INTO manager_territory (manager_id, territory_id, since) VALUES (4, 1, '2010-07-15');
SELECT is(pg_temp.says('2010-07', 4, 'respecialization'), '0 [-, 0] met', 'his own fits');
SELECT pg_temp.hire(5, 'territorial', '2010-03-01');
INSERT INTO manager_territory (manager_id, territory_id, since) VALUES (5, 1, '2010-01-01');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (5, '2010-06-01', 'manager', 'universal', 10);
SELECT pg_temp.give(5, 131, 132, territory_id => 1);
SELECT is(pg_temp.says('2010-07', 5, 'respecialization'), '2 [-, 0] pending', 'a newcomer keeps out of territories');
SELECT is(pg_temp.says('2010-07', 5, 'newcomer_territory'), '0 [-, 0] met', 'spared until the deadline');
UPDATE manager SET novice_since = '2008-01-01' WHERE id = 5;
SELECT is(pg_temp.says('2010-07', 5, 'respecialization'), '0 [-, 0] met', 'who is none need not');

-- A spell without a specialization does not interrupt, a real change does.
SELECT pg_temp.hire(6, 'universal');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES
    (6, '2010-02-01', 'office_head', 'dealer', 10), (6, '2010-05-01', 'manager', NULL, 10), (6, '2010-06-01', 'manager', 'universal', 10);
SELECT is(pg_temp.says('2010-07', 6, 'respecialization'), '- [-, -] exempt', 'back to the same after a spell without is no change');
UPDATE manager_post SET specialization = 'industrial' WHERE manager_id = 6 AND since = '2010-06-01';
SELECT pg_temp.give(6, 141, 141);
SELECT is(pg_temp.says('2010-07', 6, 'respecialization'), '1 [-, 0] pending', 'to another it is one, on the day of the new post');
SELECT is(pg_temp.says('2010-05', 6, 'respecialization'), '- [-, -] exempt', 'not in the spell');
UPDATE policy SET respecialization_months = NULL;
SELECT is(pg_temp.says('2010-07', 6, 'respecialization'), '1 [-, -] exempt', 'without a period nothing is regulated');

-- Leavers.
SELECT pg_temp.hire(20, 'universal');
SELECT is(pg_temp.says('2010-07', 20, 'handover'), NULL, 'who stays has nothing to hand over');
UPDATE manager SET left_on = '2010-06-16' WHERE id = 20;
SELECT is(pg_temp.says('2010-07', 20, 'handover'), NULL, 'nor has a leaver without a base');
SELECT pg_temp.give(20, 201, 202);
SELECT is(pg_temp.says('2010-07', 20, 'handover'), '2 [-, 0] pending', 'pending for a month after he left');
SELECT is((SELECT count(*) FROM compliance('2010-07') WHERE manager_id = 20), 1::bigint, 'it is all that a leaver has');
SELECT is(pg_temp.says('2010-05', 20, 'handover'), NULL, 'in May he was on staff');
SELECT is(pg_temp.says('2010-05', 20, 'base_size'), '2 [20, 40] missed', 'and judged as such');
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.says('2010-07', 20, 'handover'), '2 [-, 0] missed', 'missed from a month on');
SET LOCAL kbnorms.today = '2010-06-15';
SELECT is(pg_temp.says('2010-06', 20, 'handover'), NULL, 'his last working day is no handing over yet');
SET LOCAL kbnorms.today = '2010-07-15';

-- Positions without a base; the earlier of the two days counts.
SELECT pg_temp.hire(21, 'universal');
INSERT INTO manager_post (manager_id, since, "position", unit_id) VALUES (21, '2010-06-10', 'office_head', 10), (21, '2010-06-20', 'sales_director', 2);
SELECT pg_temp.give(21, 211, 211);
SELECT is(pg_temp.says('2010-07', 21, 'handover'), '1 [-, 0] missed', 'counted from the first day of the run without a base');
UPDATE manager SET left_on = '2010-07-01' WHERE id = 21;
SELECT is(pg_temp.says('2010-07', 21, 'handover'), '1 [-, 0] missed', 'leaving later gives no new month');
UPDATE manager_post SET "position" = 'manager', specialization = 'universal' WHERE manager_id = 21 AND since = '2010-06-10';
UPDATE manager SET left_on = '2010-06-10' WHERE id = 21;
SELECT is(pg_temp.says('2010-07', 21, 'handover'), '1 [-, 0] missed', 'having left before does count');
SELECT pg_temp.hire(22, 'universal');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (22, '2010-06-10', 'group_lead', 'universal', 10);
SELECT pg_temp.give(22, 221, 221);
SELECT is(pg_temp.says('2010-07', 22, 'handover'), NULL, 'from manager to group lead nothing is handed over');

-- A head of a VTC keeps what he was given as such.
SELECT pg_temp.hire(23, 'universal');
INSERT INTO manager_post (manager_id, since, "position", unit_id) VALUES (23, '2010-06-16', 'vtc_head', 12);
SELECT pg_temp.give(23, 231, 231, bound_on => '2010-06-15');
SELECT pg_temp.give(23, 232, 233, bound_on => '2010-06-16');
SELECT is(pg_temp.says('2010-07', 23, 'handover'), '1 [-, 0] pending', 'what he held before is due');
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.says('2010-07', 23, 'handover'), '1 [-, 0] missed', 'within a month');
SELECT is((SELECT string_agg(DISTINCT verdict, ',') FROM compliance('2010-07') WHERE manager_id = 23 AND measure <> 'handover'), 'exempt', 'all else of his is exempt');
INSERT INTO organization (id, name, head_id) VALUES (234, 'Branch of 233', 233);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (234, 23, '2010-01-01');
SELECT is(pg_temp.says('2010-07', 23, 'handover'), '2 [-, 0] missed', 'the earliest of a client''s bindings counts');
DELETE FROM binding WHERE organization_id IN (231, 234);
SELECT is(pg_temp.says('2010-07', 23, 'handover'), NULL, 'no row once it is done');
UPDATE manager SET left_on = '2010-07-01' WHERE id = 23;
SELECT is(pg_temp.says('2010-07', 23, 'handover'), '2 [-, 0] pending', 'when he leaves all of it is');
UPDATE policy SET handover_months = NULL;
SELECT is(pg_temp.says('2010-07', 23, 'handover'), '2 [-, -] exempt', 'without a period nothing is regulated');

SELECT * FROM finish();
ROLLBACK;
