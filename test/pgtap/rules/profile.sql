-- Rules client_group and off_profile: what a specialization works with.
BEGIN;
\ir company.psql
SELECT plan(32);

-- Every client group against every specialization.
SELECT org(10, NULL), org(11, 'emo', territory_id => 1), org(12, 'distributor', territory_id => 1),
    org(13, 'infrastructure', territory_id => 1), org(14, 'industrial', territory_id => 1),
    org(15, 'panel_builder', territory_id => 1), org(16, 'dealer', territory_id => 1), org(17, 'chain', territory_id => 1);
UPDATE organization SET territory_id = 1 WHERE id = 10;
CREATE FUNCTION tools.bind_all(organization_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(tools.bind($1, id), ', ' ORDER BY id) FROM generate_series(1, 7) AS id WHERE id <> 2);

SELECT is(bind_all(10), 'off_profile, off_profile, off_profile, off_profile, off_profile, off_profile', 'unknown group');
SELECT is(bind_all(11), 'passes, passes, client_group, client_group, off_profile, off_profile', 'emo');
SELECT is(bind_all(12), 'passes, passes, client_group, client_group, off_profile, off_profile', 'distributor');
SELECT is(bind_all(13), 'passes, passes, client_group, client_group, off_profile, off_profile', 'infrastructure');
SELECT is(bind_all(14), 'passes, passes, passes, client_group, off_profile, off_profile', 'industrial');
SELECT is(bind_all(15), 'passes, passes, passes, passes, off_profile, off_profile', 'panel builder');
SELECT is(bind_all(16), 'off_profile, off_profile, off_profile, off_profile, passes, passes', 'dealer');
SELECT is(bind_all(17), 'off_profile, off_profile, off_profile, off_profile, off_profile, passes', 'chain');

SET kbnorms.today = '2010-06-30';
CREATE FUNCTION tools.bind_june(organization_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(tools.bind($1, id, '2010-06-30'), ', ' ORDER BY id) FROM generate_series(1, 7) AS id WHERE id <> 2);
SELECT is(bind_june(11), 'passes, passes, off_profile, off_profile, off_profile, off_profile', 'emo the day before it is forbidden');
SELECT is(bind_june(14), 'passes, passes, passes, off_profile, off_profile, off_profile', 'industrial on that day');
SET kbnorms.today = '2010-07-01';
SELECT is(bind(11, 4, '2010-06-01'), 'client_group', 'the day it is, whatever bound_on says');

SET kbnorms.today = '2009-12-31';
SELECT ok(bind(11, 1, '2009-12-31') ~ 'base_size', 'before the first norm nothing can be bound');
SET kbnorms.today = '2010-01-01';
SELECT is(bind(11, 1, '2010-01-01'), 'passes', 'from its first day it can');
SET kbnorms.today = '2010-07-15';

-- May a specialization bind off-profile clients?  That is data.
SELECT is(bind(16, 1), 'off_profile', 'may_bind_off_profile: false');
UPDATE norm_specialization SET may_bind_off_profile = true WHERE specialization IN ('universal', 'industrial');
SELECT is(bind(16, 1), 'passes', 'may_bind_off_profile: true');
SELECT is(bind(10, 1), 'passes', 'an unknown group is off-profile too');
SELECT is(bind(11, 4), 'client_group', 'what is forbidden stays so');
UPDATE norm_specialization SET may_bind_off_profile = NULL WHERE specialization = 'universal';
SELECT is(bind(16, 1), 'passes', 'may_bind_off_profile: not regulated');
UPDATE norm_specialization SET may_bind_off_profile = false WHERE specialization IN ('universal', 'industrial');
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance) VALUES
    ('universal', 'emo', '2010-07-15', NULL), ('universal', 'dealer', '2010-07-15', 'forbidden'),
    ('dealer', 'emo', '2010-07-16', 'target');
SELECT is(bind(11, 1), 'off_profile', 'a NULL stance is an empty cell from its day');
SELECT is(bind(16, 1), 'client_group', 'a group that becomes forbidden');
SELECT is(bind(11, 6), 'off_profile', 'a target from tomorrow');
DELETE FROM norm_client_group WHERE effective_from >= '2010-07-15';

-- The group of an account is its head's, wherever the head is bound.
SELECT org(20, 'dealer'), org(21, 'emo', head_id => 20), org(22, 'emo'), org(23, 'dealer', head_id => 22), org(24, NULL, head_id => 22);
SELECT is(bind(21, 1), 'off_profile', 'a linked emo of a dealer');
SELECT is(bind(21, 6), 'passes', 'is a dealer');
SELECT is(bind(23, 1), 'passes', 'a linked dealer of an emo is an emo');
SELECT is(bind(24, 1), 'passes', 'so is a linked one without a group');
INSERT INTO binding (organization_id, manager_id) VALUES (20, 6);
SELECT is(bind(21, 1), 'off_profile', 'the head is bound to somebody else');

-- Only accounts that are new to the base.
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (22, 1)',
    'UPDATE kb.organization SET client_group = ''dealer'' WHERE id = 22',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (23, 1)'), 'passes', 'off_profile: a further organization of a client he holds');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (14, 4)',
    'UPDATE kb.organization SET client_group = ''emo'' WHERE id = 14',
    'UPDATE kb.organization SET head_id = 14 WHERE id = 11',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (11, 4)'), 'passes', 'client_group: the same');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (22, 1)',
    'UPDATE kb.organization SET client_group = ''dealer'' WHERE id = 22',
    'WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 22)
     INSERT INTO kb.binding (organization_id, manager_id) VALUES (23, 1)'), 'passes', 'held before the statement is not new, although it ends in it');
SELECT is(broken('UPDATE kb.organization SET client_group = ''emo'' WHERE id = 20',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (21, 1)',
    'UPDATE kb.organization SET client_group = ''dealer'' WHERE id = 20',
    'DELETE FROM kb.binding WHERE organization_id = 21',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (21, 1)'), 'off_profile', 'after its end it is new again');

-- Who has no specialization is not asked.
SELECT is(bind(17, 8), 'passes', 'a head of a VTC');
SELECT is(bind(17, 14), 'base_size', 'a manager without specialization is only asked for his size');

SELECT * FROM finish();
ROLLBACK;
