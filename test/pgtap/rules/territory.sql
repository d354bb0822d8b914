-- Rules territory and newcomer_territory: where an organization sits.
BEGIN;
\ir company.psql
SELECT plan(44);

-- strict: the organization's territory is one of the manager's
SELECT org(1, territory_id => 1), org(2, territory_id => 2), org(3), org(4, city => 'Tver', territory_id => 1);
SELECT is(bind(1, 3), 'passes', 'strict: his territory');
SELECT is(bind(2, 3), 'territory', 'strict: another one');
SELECT is(bind(3, 3), 'territory', 'strict: none');
SELECT is(bind(4, 3), 'passes', 'strict: the city is not asked');
SELECT is(bind(2, 3, territory_exception => 'excellent'), 'territory', 'strict: nothing justifies');
SELECT is(bind(1, 18), 'territory', 'strict: a manager without territories');
INSERT INTO manager_territory (manager_id, territory_id, since, until) VALUES
    (18, 1, '2010-07-01', '2010-07-15'), (18, 2, '2010-07-15', '2010-07-16'), (3, 2, '2010-07-16', NULL);
SELECT is(bind(1, 18), 'territory', 'until is the first day after the last one');
SELECT is(bind(2, 18), 'passes', 'a territory of one day');
SELECT is(bind(2, 3), 'territory', 'his from tomorrow');
SELECT is(bind(1, 18, '2010-07-14'), 'territory', 'today counts, not bound_on');

-- a linked organization's own, else its head's
SELECT org(5, head_id => 1), org(6, territory_id => 2, head_id => 1), org(7, territory_id => 1, head_id => 2);
SELECT is(bind(5, 3), 'passes', 'the territory of the head');
SELECT is(bind(6, 3), 'territory', 'its own before that of the head');
SELECT is(bind(7, 3), 'passes', 'and the other way round');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 3), (6, 3)'), 'territory',
    'every new pair is judged, also of a client he holds');

-- city: in the manager's, unknown, or justified
SELECT org(11), org(12, city => 'Tver'), org(13, city => NULL), org(14, city => NULL, head_id => 12),
    org(15, city => 'Moscow', head_id => 12), org(16, 'panel_builder', city => 'Tver');
SELECT is(bind(11, 1), 'passes', 'city: his');
SELECT is(bind(12, 1), 'territory', 'city: another');
SELECT is(bind(12, 19), 'passes', 'city: the city of the manager there');
SELECT is(bind(13, 1), 'passes', 'city: unknown is not outside');
SELECT is(bind(14, 1), 'territory', 'city: that of the head');
SELECT is(bind(15, 1), 'passes', 'city: its own before that of the head');
SELECT is(bind(12, 1, territory_exception => 'potential realised, excellent'), 'passes', 'city: justified');
SELECT is(bind(12, 1, territory_exception => ''), 'territory', 'an empty justification');
SELECT is(bind(12, 1, territory_exception => E' \t\n'), 'territory', 'a blank justification');
UPDATE unit SET city = NULL WHERE id = 4;
SELECT is(bind(12, 1), 'passes', 'no city on the way up is unknown');
UPDATE unit SET city = 'Tver' WHERE id = 1;
SELECT is(bind(12, 1), 'passes', 'the nearest city on the way up');
SELECT is(bind(11, 1), 'territory', 'and another');
UPDATE unit SET city = 'Moscow' WHERE id = 4;
UPDATE unit SET city = NULL WHERE id = 1;

-- for whom a justification counts
SELECT is(bind(16, 5, territory_exception => 'x'), 'passes', 'panel builder: his target');
SELECT is(bind(16, 4, territory_exception => 'x'), 'passes', 'industrial: an allowed group');
SELECT is(bind(16, 5), 'territory', 'panel builder: without a justification');
SELECT is(bind(12, 4, territory_exception => 'x'), 'client_group territory', 'industrial: a forbidden group is not justified');
SET kbnorms.today = '2010-06-30';
SELECT is(bind(12, 4, '2010-06-30', territory_exception => 'x'), 'off_profile territory', 'industrial: nor is an off-profile one');
SELECT is(bind(16, 1, '2010-06-30', territory_exception => 'x'), 'passes', 'universal: any account');
SET kbnorms.today = '2010-07-15';
SELECT is(bind(12, 6), 'off_profile', 'dealer: no territory rule');
UPDATE norm_specialization SET exception_only_on_profile = NULL WHERE specialization = 'industrial';
SELECT is(bind(12, 4, territory_exception => 'x'), 'client_group', 'for any account where the norm does not say');

-- newcomer_territory: universal interns and novices
SELECT org(21, territory_id => 1), org(22), org(23, head_id => 21), org(24, territory_id => 2);
SELECT is(bind(21, 16), 'newcomer_territory', 'a novice and a territory');
SELECT is(bind(24, 16), 'newcomer_territory', 'a vacant one');
SELECT is(bind(22, 16), 'passes', 'a novice and none');
SELECT is(bind(23, 16), 'newcomer_territory', 'a territory of the head');
SELECT is(bind(21, 17), 'base_size newcomer_territory', 'an intern');
SELECT is(bind(21, 1), 'passes', 'a veteran');
UPDATE manager SET novice_since = '2010-01-15' WHERE id = 16;
SELECT is(bind(21, 16), 'passes', 'experienced on the day six months are full');
UPDATE manager SET novice_since = '2010-01-16' WHERE id = 16;
SELECT is(bind(21, 16), 'newcomer_territory', 'a novice the day before');
SELECT is(bind(1, 18, '2010-07-15'), 'territory', 'territorial novices are asked for their territory only');
UPDATE norm_specialization SET newcomers_avoid_territories = false WHERE specialization = 'universal';
SELECT is(bind(21, 16), 'passes', 'which specializations, is data');

SELECT * FROM finish();
ROLLBACK;
