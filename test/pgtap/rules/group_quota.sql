-- Rule group_quota: at most so many accounts of an "allowed" group.
BEGIN;
\ir company.psql
SELECT plan(15);

SELECT fill(7, 1, 4, 'dealer'), fill(20, 21, 5, 'dealer');
SELECT org(11, 'dealer'), org(12, 'dealer'), org(13, 'chain'), org(14, 'emo');
SELECT is(bind(11, 7), 'passes', 'the fifth dealer');
SELECT is(bind(11, 20), 'group_quota', 'the sixth');
SELECT is(bind(11, 20, additional => true), 'group_quota', 'as an additional binding too');
SELECT is(bind(13, 20), 'passes', 'a chain beside five dealers');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (11, 7), (12, 7)'), 'group_quota', 'two where one is free');
SELECT is(broken('UPDATE kb.binding SET organization_id = 11 WHERE organization_id = 21'), 'passes', 'one for one');

-- Accounts, by the group of the head.
UPDATE organization SET head_id = 21 WHERE id = 12;
SELECT is(bind(12, 20), 'passes', 'a further organization of a dealer he holds');
SELECT is(bind(12, 7), 'passes', 'an organization of another dealer is the fifth');

-- Over the cap it may shrink, not grow.
UPDATE organization SET client_group = 'dealer' WHERE id = 13;
SELECT is(broken('UPDATE kb.organization SET client_group = ''chain'' WHERE id = 13',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (13, 20)',
    'UPDATE kb.organization SET client_group = ''dealer'' WHERE id = 13',
    'UPDATE kb.binding SET organization_id = 11 WHERE organization_id = 13'), 'passes', 'six and six');
SELECT is(broken('UPDATE kb.organization SET client_group = ''chain'' WHERE id = 13',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (13, 20)',
    'UPDATE kb.organization SET client_group = ''dealer'' WHERE id = 13',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (11, 20)'), 'group_quota', 'six and seven');
SELECT is(broken('UPDATE kb.organization SET client_group = ''chain'' WHERE id = 13',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (13, 20)',
    'UPDATE kb.organization SET client_group = ''dealer'' WHERE id = 13',
    'INSERT INTO kb.organization (id, name, client_group, potential) VALUES (15, ''Chain'', ''chain'', ''A'')',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (15, 20)'), 'passes',
    'six dealers do not bar a chain: only the groups brought in are judged');

UPDATE norm_client_group SET max_accounts = 6 WHERE specialization = 'chain' AND client_group = 'dealer';
SELECT is(bind(11, 20), 'passes', 'the cap is data');
UPDATE norm_client_group SET max_accounts = NULL WHERE specialization = 'chain' AND client_group = 'dealer';
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (11, 20), (13, 20)'), 'passes', 'no cap');
UPDATE norm_client_group SET stance = 'target', max_accounts = 1 WHERE specialization = 'chain' AND client_group = 'dealer';
SELECT is(bind(11, 20), 'passes', 'only "allowed" groups are capped');
SELECT is(bind(14, 20), 'off_profile', 'the group of nobody');

SELECT * FROM finish();
ROLLBACK;
