-- Rule multiple: one main manager, no two holders of one office, no going back
-- behind the end of another main binding.
BEGIN;
\ir company.psql
SELECT plan(54);

SELECT org(1), org(2), org(3), org(4, head_id => 1);

-- A second main manager and the same pair: unique indexes speak first.
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1);
SELECT is(bind(1, 2), '23505 multiple', 'a second main manager');
SELECT is(bind(1, 1), '23505 binding_pkey', 'the same pair');
SELECT is(bind(1, 1, additional => true), '23505 binding_pkey', 'the same pair as an additional one');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 1), (2, 2)'), '23505 multiple', 'two at once');

-- Offices
SELECT is(bind(1, 2, additional => true), 'passes', 'an additional holder of another office');
SELECT is(bind(1, 13, additional => true), 'multiple', 'of the same office');
SELECT is(bind(1, 19, additional => true, territory_exception => 'x'), 'passes', 'of an office in another city');
SELECT is(bind(1, 8, additional => true), 'passes', 'a head of a VTC: his unit is no office above or below');
SELECT is(bind(2, 2, additional => true), 'passes', 'an additional one without another holder');
SELECT is(bind(4, 13), 'passes', 'a linked organization and its head may have holders of one office');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (2, 1, false), (2, 13, true)'), 'multiple', 'both new');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (2, 1, true), (2, 13, true)'), 'multiple', 'both new and additional');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (2, 1, true), (2, 2, true), (2, 8, true)'), 'passes', 'three of three offices');

-- The nearest office above the unit of the post, else the unit itself
INSERT INTO unit (id, parent_id, kind, name) VALUES (41, 4, 'service', 'Desk 1'), (42, 4, 'service', 'Desk 2'),
    (71, 2, 'service', 'Desk of the region'), (72, 2, 'service', 'Another'), (43, 4, 'office', 'An office in an office');
UPDATE manager_post SET unit_id = 41 WHERE manager_id = 1;
SELECT is(bind(1, 13, additional => true), 'multiple', 'a desk in the office');
UPDATE manager_post SET unit_id = 42 WHERE manager_id = 13;
SELECT is(bind(1, 13, additional => true), 'multiple', 'two desks of one office');
UPDATE manager_post SET unit_id = 43 WHERE manager_id = 13;
SELECT is(bind(1, 13, additional => true), 'passes', 'the nearest office above');
UPDATE manager_post SET unit_id = 71 WHERE manager_id = 1;
UPDATE manager_post SET unit_id = 72 WHERE manager_id = 13;
SELECT is(bind(1, 13, additional => true), 'passes', 'two units without an office above them');
UPDATE manager_post SET unit_id = 71 WHERE manager_id = 13;
SELECT is(bind(1, 13, additional => true), 'multiple', 'one unit without an office above it');
UPDATE manager_post SET unit_id = 4 WHERE manager_id IN (1, 13);
UPDATE unit SET parent_id = 6 WHERE id = 3;
UPDATE unit SET parent_id = 3 WHERE id = 6;
SELECT is(bind(1, 13, additional => true), 'multiple', 'a unit tree that bites its tail does no harm');
UPDATE unit SET parent_id = 2 WHERE id = 3;

-- Leavers by their last post, who has no post with everybody
UPDATE manager SET left_on = '2010-07-01' WHERE id = 1;
SELECT is(bind(1, 13, additional => true), 'multiple', 'a leaver of the office still holds it');
SELECT is(bind(1, 2, additional => true), 'passes', 'a leaver of another one');
UPDATE manager SET left_on = NULL WHERE id = 1;
DELETE FROM manager_post WHERE manager_id = 1;
SELECT is(bind(1, 2, additional => true), 'multiple', 'a holder without a post shares every office');
SELECT is(bind(1, 15, additional => true), 'personal multiple', 'and so does a newcomer without one');
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id) VALUES (1, '2009-01-01', 'manager', 'universal', 4);

-- Holders already there are not compared with each other
INSERT INTO binding (organization_id, manager_id, additional) VALUES (1, 2, true);
UPDATE manager_post SET unit_id = 4 WHERE manager_id = 2;
SELECT is(bind(1, 8, additional => true), 'passes', 'two holders of one office and a third of another');
SELECT is(broken('UPDATE kb.binding SET bound_on = ''2010-07-14'' WHERE (organization_id, manager_id) = (1, 2)'), 'multiple',
    'bound_on of a kept pair is judged as a new pair''s');
SELECT is(broken('UPDATE kb.binding SET territory_exception = ''x'' WHERE (organization_id, manager_id) = (1, 2)'), 'passes',
    'its justification is not');
SELECT is(broken('UPDATE kb.binding SET additional = true WHERE (organization_id, manager_id) = (1, 1)'), 'multiple',
    'additional is');
UPDATE manager_post SET unit_id = 5 WHERE manager_id = 2;
SELECT is(broken('UPDATE kb.binding SET additional = true WHERE (organization_id, manager_id) = (1, 1)'), 'passes', 'the main one becomes additional');
SELECT is(broken('DELETE FROM kb.binding WHERE (organization_id, manager_id) = (1, 1)'), 'passes', 'its end leaves the additional one');
SELECT is(broken('UPDATE kb.binding SET manager_id = 19, territory_exception = ''x'' WHERE (organization_id, manager_id) = (1, 1)'), 'passes',
    'the main one moves while the additional one stays');
UPDATE manager_post SET unit_id = 5 WHERE manager_id = 13;
SELECT is(broken('UPDATE kb.binding SET manager_id = 13 WHERE (organization_id, manager_id) = (1, 1)'), 'multiple',
    'not into its office');
UPDATE manager_post SET unit_id = 4 WHERE manager_id = 13;

-- Holders are those after the statement
SELECT is(broken('UPDATE kb.binding SET manager_id = 13 WHERE (organization_id, manager_id) = (1, 1)'), 'passes',
    'a move within the office');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE (organization_id, manager_id) = (1, 2))
    INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (1, 20, true)'), 'off_profile', 'one of the office goes, one comes');
SELECT is(broken('WITH come AS (INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (1, 13, true))
    DELETE FROM kb.binding WHERE (organization_id, manager_id) = (1, 1)'), 'passes', 'the other way round');

-- Not before the latest end of another main binding, this statement's included
INSERT INTO binding (organization_id, manager_id) VALUES (3, 1);
SELECT is(broken('UPDATE kb.binding SET manager_id = 2, bound_on = ''2010-07-14'' WHERE organization_id = 3'), 'multiple', 'a move is never dated back');
SELECT is(broken('UPDATE kb.binding SET manager_id = 2, bound_on = ''2010-07-14'', additional = true WHERE organization_id = 3'), 'passes',
    'to an additional one it may be');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 3 RETURNING organization_id)
    INSERT INTO kb.binding (organization_id, manager_id, bound_on) SELECT organization_id, 2, ''2010-07-14'' FROM gone'), 'multiple',
    'nor is an end and a bind in one statement');
SELECT is(broken('UPDATE kb.binding SET bound_on = ''2009-01-01'' WHERE organization_id = 3'), 'passes', 'with no other main binding before it may lie far back');
DELETE FROM binding WHERE organization_id = 3;
SELECT is(bind(3, 2), 'passes', 'on the day of the end');
SELECT is(bind(3, 2, '2010-07-14'), 'multiple', 'on the day before');
SELECT is(bind(3, 1, '2010-07-14'), 'multiple', 'also to whom it was bound before');
SELECT is(bind(3, 2, '2010-07-14', additional => true), 'passes', 'an additional one');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, bound_on, additional) VALUES (3, 2, ''2010-07-14'', true)',
    'UPDATE kb.binding SET additional = false WHERE organization_id = 3'), 'multiple', 'who becomes the main one needs a later day');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, bound_on, additional) VALUES (3, 2, ''2010-07-14'', true)',
    'UPDATE kb.binding SET additional = false, bound_on = ''2010-07-15'' WHERE organization_id = 3'), 'passes', 'and may be given one');
SELECT is(broken('UPDATE kb.binding SET bound_on = ''2010-07-14'', additional = true WHERE (organization_id, manager_id) = (1, 1)'), 'passes',
    'main to additional ends no main binding');
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES
    (2, 1, '2009-01-01', '2010-03-01', false, 'unbind'), (2, 1, '2010-03-01', '2010-05-01', true, 'unbind');
SELECT is(bind(2, 2, '2010-03-01'), 'passes', 'the history of an older system counts: from the end of its main binding');
SELECT is(bind(2, 2, '2010-02-28'), 'multiple', 'not before');
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (2, 2, '2010-04-01');
SELECT is(broken('UPDATE kb.binding SET bound_on = ''2010-02-28'' WHERE organization_id = 2'), 'multiple', 'nor is a kept one dated back behind it');

-- A pair ended and made again is judged by what is different of it
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 2 RETURNING *)
    INSERT INTO kb.binding SELECT * FROM gone'), 'passes', 'nothing is different');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 2 RETURNING *)
    INSERT INTO kb.binding SELECT organization_id, manager_id, ''2010-07-16'' FROM gone'), 'personal', 'dated into the future');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 2 RETURNING *)
    INSERT INTO kb.binding SELECT organization_id, manager_id, ''2010-02-28'' FROM gone'), 'multiple', 'dated back');

-- off frees the offices and the previous end, never a second main manager
UPDATE rule SET enforcement = 'off' WHERE code = 'multiple';
SELECT is(bind(1, 13, additional => true), 'passes', 'off: one office');
SELECT is(bind(2, 2, '2010-02-28'), '23505 binding_pkey', 'off: the pair is the primary key''s');
SELECT is(bind(1, 19, territory_exception => 'x'), '23505 multiple', 'off: never a second main manager');

SELECT * FROM finish();
ROLLBACK;
