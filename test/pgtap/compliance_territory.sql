-- territory and newcomer_territory: where the organizations of the base sit.
BEGIN;
\ir company.psql
SELECT plan(22);

SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 5);
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '0 [-, 0] met', 'all in his city, which is the cluster''s');
UPDATE organization SET city = 'Kungur' WHERE id = 1;
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '1 [-, 0] missed', 'one in another');
UPDATE binding SET territory_exception = E' \t\n' WHERE organization_id = 1;
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '1 [-, 0] missed', 'a blank justification is none');
UPDATE binding SET territory_exception = 'potential fully realised' WHERE organization_id = 1;
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '0 [-, 0] met', 'a justification counts');
UPDATE organization SET client_group = 'dealer' WHERE id = 1;
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '0 [-, 0] met', 'for a universal manager with any account');
UPDATE organization SET city = NULL WHERE id = 2;
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '0 [-, 0] met', 'an unknown city is not outside');
INSERT INTO organization (id, name, head_id) VALUES (11, 'Branch of 1', 1), (12, 'Branch of 3', 3);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (11, 1, '2010-01-01'), (12, 1, '2010-01-01');
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '1 [-, 0] missed', 'a branch without a city sits in its head''s, and needs a justification of its own');
UPDATE organization SET city = 'Kungur' WHERE id = 12;
SELECT is(pg_temp.says('2010-07', 1, 'territory'), '2 [-, 0] missed', 'a branch elsewhere puts its client outside');

-- His city is that of his post.
SELECT pg_temp.hire(2, 'universal', unit_id => 12);
SELECT pg_temp.give(2, 101, 101, city => 'Kungur');
SELECT is(pg_temp.says('2010-07', 2, 'territory'), '1 [-, 0] missed', 'the city may be far up the tree');
UPDATE unit SET city = NULL WHERE id = 1;
SELECT is(pg_temp.says('2010-07', 2, 'territory'), '0 [-, 0] met', 'without one nobody is outside');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (2, '2010-07-01', 'manager', 'universal', 10);
SELECT is(pg_temp.says('2010-07', 2, 'territory'), '1 [-, 0] missed', 'a new post has another city');
SELECT is(pg_temp.says('2010-06', 2, 'territory'), '0 [-, 0] met', 'the closed month goes by the former');

-- Where an exception counts only for accounts on profile.
SELECT pg_temp.hire(3, 'panel_builder');
SELECT pg_temp.give(3, 201, 201, 'panel_builder', city => 'Kungur');
SELECT pg_temp.give(3, 202, 202, 'industrial', city => 'Kungur');
UPDATE binding SET territory_exception = 'potential fully realised' WHERE manager_id = 3;
SELECT is(pg_temp.says('2010-06', 3, 'territory'), '1 [-, 0] missed', 'it does not count without a stance');
SELECT is(pg_temp.says('2010-07', 3, 'territory'), '1 [-, 0] missed', 'nor for a forbidden group');

-- Whose rule is another.
SELECT pg_temp.hire(4, 'dealer');
SELECT pg_temp.give(4, 301, 301, 'dealer', city => 'Kungur');
SELECT is(pg_temp.says('2010-07', 4, 'territory'), '- [-, -] exempt', 'no rule');
SELECT pg_temp.hire(5, 'territorial');
SELECT pg_temp.give(5, 311, 311, city => 'Kungur');
SELECT is(pg_temp.says('2010-07', 5, 'territory'), '- [-, -] exempt', 'the strict rule counts in off_profile');

-- Newly hired universal managers keep out of territories.
SELECT pg_temp.hire(6, 'universal', '2010-01-16');
SELECT pg_temp.give(6, 401, 402);
SELECT is(pg_temp.says('2010-07', 6, 'newcomer_territory'), '0 [-, 0] met', 'none in a territory');
UPDATE organization SET territory_id = 1 WHERE id = 401;
SELECT is(pg_temp.says('2010-07', 6, 'newcomer_territory'), '1 [-, 0] missed', 'one in a territory, though nobody has it');
INSERT INTO organization (id, name, head_id, territory_id) VALUES (403, 'Branch of 402', 402, 2);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (403, 6, '2010-01-01');
SELECT is(pg_temp.says('2010-07', 6, 'newcomer_territory'), '2 [-, 0] missed', 'a branch in one counts for its client');
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.says('2010-07', 6, 'newcomer_territory'), '2 [-, -] exempt', 'six months on he is no newcomer any more');
SELECT pg_temp.hire(7, 'industrial', '2010-07-01');
SELECT is(pg_temp.says('2010-07', 7, 'newcomer_territory'), '- [-, -] exempt', 'novices of another specialization may');
SELECT pg_temp.hire(8, 'universal', NULL);
SELECT is(pg_temp.says('2010-07', 8, 'newcomer_territory'), '0 [-, -] exempt', 'interns are exempt');

SELECT * FROM finish();
ROLLBACK;
