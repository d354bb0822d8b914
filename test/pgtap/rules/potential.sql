-- Rule potential: what comes out of the pool is S, A or B.
BEGIN;
\ir company.psql
SELECT plan(19);

SELECT org(1, potential => 'S'), org(2, potential => 'A'), org(3, potential => 'B'), org(4, potential => 'C'),
    org(5, potential => NULL), org(6, potential => 'S', territory_id => 1), org(7, 'chain', NULL);
SELECT is(bind(1, 1), 'passes', 'S');
SELECT is(bind(2, 1), 'passes', 'A');
SELECT is(bind(3, 1), 'passes', 'B');
SELECT is(bind(4, 1), 'potential', 'lower');
SELECT is(bind(5, 1), 'potential', 'unknown');
SELECT is(bind(6, 3), 'passes', 'S is allowed for a territorial manager');
SELECT is(bind(7, 7), 'potential', 'of a chain too');
SELECT is(bind(5, 8), 'passes', 'a head of a VTC is not asked');

-- out of the pool: none of the account's organizations was bound to anyone
INSERT INTO binding (organization_id, manager_id) VALUES (4, 8);
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 4'), 'passes', 'a move is not out of the pool');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 4)
    INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (4, 1, true)'), 'passes', 'nor is what one statement takes and gives');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 4',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)'), 'potential', 'an unbind and a later bind are');
SELECT is(bind(4, 1, additional => true), 'passes', 'a second holder takes nothing out of the pool');
SELECT org(8, potential => 'A', head_id => 4), org(9, potential => 'A', head_id => 5), org(10, 'emo', 'C', head_id => 2);
SELECT is(bind(8, 1), 'passes', 'another organization of the account is bound');
SELECT is(bind(9, 1), 'potential', 'the potential is that of the head');
SELECT is(bind(10, 1), 'passes', 'also where its own is lower');
INSERT INTO binding (organization_id, manager_id) VALUES (10, 8);
UPDATE organization SET potential = 'C' WHERE id = 2;
SELECT is(bind(2, 1), 'passes', 'a linked one is bound, so its head is not in the pool');
UPDATE manager SET left_on = '2010-07-01' WHERE id = 8;
SELECT is(bind(8, 1), 'passes', 'held by a leaver is held');

UPDATE norm_potential SET stance = NULL WHERE specialization = 'universal' AND potential = 'B';
SELECT is(bind(3, 1), 'potential', 'a stance that is not regulated');
UPDATE norm_potential SET stance = 'forbidden' WHERE specialization = 'universal' AND potential = 'B';
SELECT is(bind(3, 1), 'potential', 'a forbidden potential');

SELECT * FROM finish();
ROLLBACK;
