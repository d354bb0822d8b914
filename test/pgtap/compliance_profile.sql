-- off_profile, client_group and group_quota: what stands in the base by client
-- group and, under the strict rule, by territory.
BEGIN;
\ir company.psql
SELECT plan(31);

-- A universal manager: off-profile is an empty cell or an unknown group.
SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 20);
SELECT is(pg_temp.says('2010-07', 1, 'off_profile'), '0 [-, 0] met', 'target groups are on profile');
UPDATE organization SET client_group = 'industrial' WHERE id = 1;
SELECT is(pg_temp.says('2010-07', 1, 'off_profile'), '0 [-, 0] met', 'so are allowed ones');
UPDATE organization SET client_group = NULL WHERE id = 2;
SELECT is(pg_temp.says('2010-07', 1, 'off_profile'), '1 [-, 0] missed', 'an unknown group is not');
UPDATE organization SET client_group = 'dealer' WHERE id = 3;
SELECT is(pg_temp.says('2010-07', 1, 'off_profile'), '2 [-, 0] missed', 'nor is one without a stance');
SELECT is(pg_temp.says('2010-07', 1, 'client_group'), '0 [-, 0] met', 'which is not forbidden either');

-- An industrial one: no cap, then 3, then none; forbidden from July.
SELECT pg_temp.hire(2, 'industrial');
SELECT pg_temp.give(2, 101, 103, 'emo');
SELECT pg_temp.give(2, 110, 110, 'industrial');
SELECT is(pg_temp.says('2010-03', 2, 'off_profile'), '3 [-, -] exempt', 'no cap until April, with the figure');
SELECT is(pg_temp.says('2010-03', 2, 'client_group'), '0 [-, 0] met', 'and nothing forbidden');
SELECT is(pg_temp.says('2010-04', 2, 'off_profile'), '3 [-, 3] met', 'at the cap of April');
SELECT pg_temp.give(2, 104, 104, 'distributor');
SELECT is(pg_temp.says('2010-06', 2, 'off_profile'), '4 [-, 3] missed', 'one past it');
SELECT is(pg_temp.says('2010-06', 2, 'client_group'), '0 [-, 0] met', 'still nothing forbidden in June');
SELECT is(pg_temp.says('2010-07', 2, 'client_group'), '4 [-, 0] missed', 'forbidden from July');
SELECT is(pg_temp.says('2010-07', 2, 'off_profile'), '4 [-, 0] missed', 'and off-profile as before');
DELETE FROM binding WHERE organization_id BETWEEN 101 AND 103;
SELECT is(pg_temp.says('2010-07', 2, 'client_group'), '1 [-, 0] missed', 'one is too many');
DELETE FROM binding WHERE organization_id = 104;
SELECT is(pg_temp.says('2010-07', 2, 'client_group'), '0 [-, 0] met', 'none is right');

-- The group of a client is its head's, wherever the head is bound.
SELECT pg_temp.give(NULL, 120, 120, 'emo');
INSERT INTO organization (id, name, head_id, client_group) VALUES (121, 'Branch', 120, 'industrial');
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (121, 2, '2010-01-01');
SELECT is(pg_temp.says('2010-07', 2, 'client_group'), '1 [-, 0] missed', 'the group is the head''s');
UPDATE organization SET client_group = NULL WHERE id = 120;
SELECT is(pg_temp.says('2010-07', 2, 'off_profile'), '1 [-, 0] missed', 'also where the head''s is unknown');

-- A territorial one: any organization with him in a territory not his.
SELECT pg_temp.hire(3, 'territorial');
INSERT INTO manager_territory (manager_id, territory_id, since, until) VALUES (3, 1, '2010-01-01', '2010-07-15'), (3, 2, '2010-01-01', NULL);
SELECT pg_temp.give(3, 201, 202, territory_id => 2);
SELECT is(pg_temp.says('2010-07', 3, 'off_profile'), '0 [-, 0] met', 'his own territory is on profile');
SELECT pg_temp.give(3, 203, 203, territory_id => 1);
SELECT is(pg_temp.says('2010-06', 3, 'off_profile'), '0 [-, 3] met', 'a territory is his while it is');
SELECT is(pg_temp.says('2010-07', 3, 'off_profile'), '1 [-, 0] missed', 'and no longer on its last day');
UPDATE organization SET territory_id = NULL WHERE id = 203;
SELECT is(pg_temp.says('2010-07', 3, 'off_profile'), '1 [-, 0] missed', 'an unknown territory is off profile');
INSERT INTO organization (id, name, head_id) VALUES (204, 'Branch of 201', 201);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (204, 3, '2010-01-01');
SELECT is(pg_temp.says('2010-07', 3, 'off_profile'), '1 [-, 0] missed', 'a branch without a territory has its head''s');
UPDATE organization SET territory_id = 1 WHERE id = 204;
SELECT is(pg_temp.says('2010-07', 3, 'off_profile'), '2 [-, 0] missed', 'one organization elsewhere puts its client off profile');

-- Chains: up to 5 dealers.
SELECT pg_temp.hire(4, 'chain');
SELECT pg_temp.give(4, 301, 305, 'dealer');
SELECT is(pg_temp.says('2010-07', 4, 'group_quota'), '0 [-, 0] met', 'at the cap');
SELECT pg_temp.give(4, 306, 307, 'dealer');
SELECT is(pg_temp.says('2010-07', 4, 'group_quota'), '2 [-, 0] missed', 'two past it');
SELECT is(pg_temp.says('2010-07', 4, 'off_profile'), '0 [-, 0] met', 'dealers are on profile all the same');
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance, max_accounts) VALUES ('chain', 'chain', '2010-02-01', 'target', 1);
SELECT pg_temp.give(4, 311, 312, 'chain');
SELECT is(pg_temp.says('2010-07', 4, 'group_quota'), '3 [-, 0] missed', 'what is above several caps adds up, nothing makes up for it');
SELECT is(pg_temp.says('2010-01', 1, 'group_quota'), '0 [-, 0] met', 'met where nothing is capped');

-- Every norm row holds by its own key: a specialization may have stances and nothing else.
INSERT INTO specialization (code, name_en, name_ru) VALUES ('exporter', 'Exporter', 'Экспортёр');
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance, max_accounts) VALUES
    ('exporter', 'emo', '2010-01-01', 'allowed', 1), ('exporter', 'chain', '2010-01-01', 'forbidden', NULL);
SELECT pg_temp.hire(7, 'exporter');
SELECT pg_temp.give(7, 501, 502, 'emo');
SELECT pg_temp.give(7, 503, 503, 'chain');
SELECT is(pg_temp.says('2010-07', 7, 'group_quota'), '1 [-, 0] missed', 'a cap without norms of the specialization');
SELECT is(pg_temp.says('2010-07', 7, 'client_group'), '1 [-, 0] missed', 'and a forbidden group');

-- Nobody's measure.
SELECT pg_temp.hire(5, NULL);
SELECT pg_temp.give(5, 401, 401, 'emo');
SELECT is(pg_temp.says('2010-07', 5, 'off_profile'), '- [-, -] exempt', 'without a specialization nothing can be said');
SELECT pg_temp.hire(6, 'industrial', NULL);
SELECT pg_temp.give(6, 411, 411, 'emo');
SELECT is(pg_temp.says('2010-07', 6, 'client_group'), '1 [-, -] exempt', 'an intern is exempt, with his figure');

SELECT * FROM finish();
ROLLBACK;
