-- Rule base_size: the maximum of accounts, and only for what raises a count.
BEGIN;
\ir company.psql
SELECT plan(33);

-- The maximum of each specialization: a client more than is free is one too many.
CREATE FUNCTION tools.bulk(manager_id integer, first_id integer, last_id integer) RETURNS text
LANGUAGE sql RETURN tools.broken(format(
    'INSERT INTO kb.binding (organization_id, manager_id) SELECT id, %s FROM generate_series(%s, %s) AS id', $1, $2, $3));
INSERT INTO organization (id, name, client_group, potential, city, territory_id)
SELECT 1000 + id, 'Emo ' || id, 'emo', 'A', 'Moscow', NULL FROM generate_series(1, 61) AS id
UNION ALL SELECT 2000 + id, 'Northern ' || id, 'emo', 'A', 'Moscow', 1 FROM generate_series(1, 61) AS id
UNION ALL SELECT 3000 + id, 'Works ' || id, 'industrial', 'A', 'Moscow', NULL FROM generate_series(1, 61) AS id
UNION ALL SELECT 4000 + id, 'Panels ' || id, 'panel_builder', 'A', 'Moscow', NULL FROM generate_series(1, 21) AS id
UNION ALL SELECT 5000 + id, 'Dealer ' || id, 'dealer', 'A', 'Moscow', NULL FROM generate_series(1, 31) AS id
UNION ALL SELECT 6000 + id, 'Chain ' || id, 'chain', 'A', 'Moscow', NULL FROM generate_series(1, 11) AS id;
SELECT is(bulk(1, 1001, 1040), 'passes', 'universal: 40');
SELECT is(bulk(1, 1001, 1041), 'base_size', 'universal: 41');
SELECT is(bulk(3, 2001, 2060), 'passes', 'territorial: 60');
SELECT is(bulk(3, 2001, 2061), 'base_size', 'territorial: 61');
SELECT is(bulk(4, 3001, 3060), 'passes', 'industrial: 60');
SELECT is(bulk(4, 3001, 3061), 'base_size', 'industrial: 61');
SELECT is(bulk(5, 4001, 4020), 'passes', 'panel builder: 20');
SELECT is(bulk(5, 4001, 4021), 'base_size', 'panel builder: 21');
SELECT is(bulk(6, 5001, 5030), 'passes', 'dealer: 30');
SELECT is(bulk(6, 5001, 5031), 'base_size', 'dealer: 31');
SELECT is(bulk(7, 6001, 6010), 'passes', 'chain: 10');
SELECT is(bulk(7, 6001, 6011), 'base_size', 'chain: 11');
SELECT is(bulk(16, 1001, 1040), 'passes', 'a novice: 40');
SELECT is(bulk(17, 1001, 1001), 'base_size', 'an intern has no norm, which is 0');
SELECT is(bulk(14, 1001, 1001), 'base_size', 'nor has who has no specialization');
SELECT is(bulk(8, 1001, 1061), 'passes', 'a head of a VTC is not judged');

INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES
    ('universal', -1, '2010-07-16', 5), ('universal', 12, '2010-07-15', 2), ('universal', 0, '2010-07-15', NULL);
SELECT is(bulk(17, 1001, 1001), 'base_size', 'the norm of interns is in force from tomorrow');
UPDATE norm_tenure SET effective_from = '2010-07-15' WHERE from_month = -1;
SELECT is(bulk(17, 1001, 1005), 'passes', 'a norm of interns: 5');
SELECT is(bulk(17, 1001, 1006), 'base_size', 'and 6');
SELECT is(bulk(16, 1001, 1041), 'passes', 'a row without a maximum is unlimited');
SELECT is(bulk(1, 1001, 1002), 'passes', 'the latest row of the key: 2');
SELECT is(bulk(1, 1001, 1003), 'base_size', 'and 3');

-- Accounts count, not rows: 1003 and 1004 belong to 1002.
UPDATE organization SET head_id = 1002 WHERE id IN (1003, 1004);
SELECT is(bulk(1, 1001, 1004), 'passes', 'four organizations of two accounts');
SELECT is(bulk(1, 1001, 1005), 'base_size', 'and a third account');
INSERT INTO binding (organization_id, manager_id, additional) VALUES (1001, 1, true), (1003, 1, false);
SELECT is(bind(1004, 1), 'passes', 'a further organization of a client he holds, without its head');
SELECT is(bind(1005, 1, additional => true), 'base_size', 'an additional binding counts too');

-- Over the norm: shrink and swap, never grow.
UPDATE norm_tenure SET max_accounts = 1 WHERE from_month = 12 AND effective_from = '2010-07-15' AND specialization = 'universal';
INSERT INTO binding (organization_id, manager_id) VALUES (1041, 2);
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 1001'), 'passes', 'what is over the norm may shrink');
SELECT is(broken('UPDATE kb.binding SET organization_id = 1005 WHERE organization_id = 1001'), 'passes', 'and change one for one');
SELECT is(broken('UPDATE kb.binding SET manager_id = 3 - manager_id WHERE organization_id IN (1041, 1003)'), 'passes',
    'a swap of two clients between a full and an overfull manager');
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 1041'), 'base_size', 'a move that makes it grow');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 1001)
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (1006, 1), (1007, 1)'), 'base_size', 'one out, two in');
SELECT is(broken('UPDATE kb.binding SET bound_on = bound_on - 1, territory_exception = ''x'' WHERE manager_id = 1'), 'passes',
    'what is kept is not counted anew');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 1001',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1001, 1)'), 'base_size',
    'a statement of its own compares with what it finds');

SELECT * FROM finish();
ROLLBACK;
