-- Who may write is judged, whatever else he may not; who may not, cannot.
BEGIN;
\ir company.psql
SELECT plan(40);
SELECT org(id) FROM generate_series(1, 9) AS id;
SELECT org(10, 'dealer');
SELECT fill(1, 1001, 40);
UPDATE organization SET head_id = 5 WHERE id = 6;

CREATE ROLE crm;
CREATE ROLE stranger;
CREATE ROLE norm_keeper;
GRANT USAGE ON SCHEMA kb, tools TO crm, stranger, norm_keeper;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tools TO crm, stranger, norm_keeper;
GRANT INSERT ON binding TO crm;
CREATE FUNCTION tools.as_role(role_name text, VARIADIC statements text[]) RETURNS text LANGUAGE sql
RETURN tools.broken(VARIADIC ARRAY['SET LOCAL ROLE ' || $1] || $2);

-- INSERT on binding alone
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)'), 'passes', 'INSERT on binding alone: a bind');
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'base_size', 'is counted against what he cannot see');
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (10, 2)'), 'off_profile', 'is judged by norms that he cannot read');
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (99, 2)'), '23503 binding_organization_id_fkey', 'and by keys');
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2), (2, 2)', 'RESET ROLE',
    'SELECT 1 / (SELECT count(*) - 2 FROM kb.binding_log WHERE changed_by = ''crm'')'), '22012', 'is logged in a table that he cannot write');
SELECT is(as_role('crm', 'SELECT FROM kb.binding'), '42501', 'he reads nothing');
SELECT is(as_role('crm', 'DELETE FROM kb.binding'), '42501', 'unbinds nothing');
SELECT is(as_role('crm', 'INSERT INTO kb.binding_log (organization_id, change) VALUES (1, ''link'')'), '42501', 'writes no log');
SELECT is(as_role('crm', 'UPDATE kb.rule SET enforcement = ''off'''), '42501', 'switches no rule off');
SELECT is(as_role('crm', 'SET kbnorms.today = ''2030-01-01'''), '42501', 'sets no day');
SELECT is(as_role('crm', 'SET session_replication_role = replica'), '42501', 'and no trigger aside');
SELECT is(as_role('crm', 'ALTER TABLE kb.binding DISABLE TRIGGER USER'), '42501', 'nor by altering the table');
SELECT is(as_role('crm', 'SELECT * FROM kb.check_binding(1, 2)'), '42501', 'check_binding is not everybody''s');
SELECT is(as_role('stranger', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)'), '42501', 'without INSERT nothing');

SELECT is(as_role('stranger', 'SELECT kbnorms.lock_job(''kb'', ''unbind_inactive'')'), '42501', 'nor does he keep a job from running');

-- check_binding needs SELECT on binding
GRANT EXECUTE ON FUNCTION check_binding(bigint, bigint, date) TO crm, stranger;
SELECT is(as_role('crm', 'SELECT * FROM kb.check_binding(1, 2)'), '42501', 'with EXECUTE and without SELECT on binding neither');
SELECT is(as_role('crm', 'SELECT * FROM kbnorms.check_binding(''kb'', 1, 2, ''2010-07-15'')'), '42501', 'nor by the function behind it');
GRANT SELECT ON binding TO crm;
SELECT is(as_role('crm', 'SELECT 1 / (SELECT count(*) - 15 FROM kb.check_binding(1, 2))'), '22012', 'with both he is answered');

-- UPDATE and DELETE, of a column alone
GRANT UPDATE (manager_id), DELETE ON binding TO crm;
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (3, 2, '2010-01-01'), (4, 2, '2010-01-01');
SELECT is(as_role('crm', 'UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 3'), 'base_size', 'a move is judged');
SELECT is(as_role('crm', 'UPDATE kb.binding SET manager_id = 13 WHERE organization_id = 3',
    'SELECT 1 / (SELECT count(*) - 1 FROM kb.binding WHERE (organization_id, manager_id, bound_on) = (3, 13, ''2010-07-15''))'), '22012',
    'and begins today, although he may not write bound_on');
SELECT is(as_role('crm', 'UPDATE kb.binding SET bound_on = ''2010-02-01'''), '42501', 'which he may not');
SELECT is(as_role('crm', 'DELETE FROM kb.binding WHERE organization_id = 3'), 'passes', 'an unbind');

-- Row security hides rows from people, not from the engine
GRANT SELECT ON organization, manager TO crm;
ALTER TABLE binding ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE manager ENABLE ROW LEVEL SECURITY;
CREATE POLICY writes ON binding FOR INSERT TO crm WITH CHECK (true);
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)'), 'passes', 'row security: a bind of what he cannot see');
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'base_size', 'is counted against hidden rows');
SELECT is(as_role('crm', 'INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (3, 2, true)'), '23505 binding_pkey', 'the pair is there');
SELECT is(as_role('crm', 'SELECT 1 / (SELECT count(*)::int FROM kb.binding)'), '22012', 'although he sees no row');
ALTER TABLE binding DISABLE ROW LEVEL SECURITY;
ALTER TABLE organization DISABLE ROW LEVEL SECURITY;
ALTER TABLE manager DISABLE ROW LEVEL SECURITY;

-- Links
GRANT UPDATE (head_id) ON organization TO crm;
SELECT is(as_role('crm', 'UPDATE kb.organization SET head_id = 6 WHERE id = 7'), '23514 link', 'a link by who may write head_id alone');
SELECT is(as_role('crm', 'UPDATE kb.organization SET head_id = 5 WHERE id = 7'), 'passes', 'and one that may be');
SELECT is(as_role('crm', 'UPDATE kb.organization SET id = 70 WHERE id = 7'), '42501', 'no more');

-- Norms are the owner's alone; the unit tree may be granted, and is in force at once
GRANT SELECT, UPDATE ON norm_tenure, unit TO norm_keeper;
SELECT is(as_role('norm_keeper', 'UPDATE kb.norm_tenure SET max_accounts = 41 WHERE specialization = ''universal'''), '42501',
    'a norm is changed by the owner alone, whatever is granted');
SELECT is(as_role('norm_keeper', 'UPDATE kb.unit SET city = ''Tver'' WHERE id = 5', 'RESET ROLE',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)'), 'territory', 'a unit by who may, although the version of the norms is not his');
SELECT is(as_role('norm_keeper', 'UPDATE kb.norm_version SET version = 1'), '42501', 'its version he cannot write');

-- What policies hide no check tells
CREATE ROLE shielded;
SELECT grant_access('shielded', 'reader');
SELECT is(as_role('shielded', 'SELECT * FROM kb.check_binding(1, 2)'), 'passes', 'a reader checks');
ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
SELECT is(as_role('shielded', 'SELECT * FROM kb.check_binding(1, 2)'), '42501', 'not past row-level security');
ALTER TABLE organization DISABLE ROW LEVEL SECURITY;

-- An owner who is no superuser
CREATE ROLE base_owner;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO base_owner', current_database()); END $$;
SET LOCAL ROLE base_owner;
CALL kbnorms.create_client_base('own', false);
SELECT is(current_user::text, 'base_owner', 'an ordinary role lays out a base');
INSERT INTO own.unit (id, kind, name, city) VALUES (4, 'office', 'Office', 'Moscow');
INSERT INTO own.manager (id, full_name, hired_on, novice_since) VALUES (1, 'Manager 1', '2009-01-01', '2009-02-01');
INSERT INTO own.manager_post (manager_id, since, position, specialization, unit_id) VALUES (1, '2009-01-01', 'manager', 'universal', 4);
INSERT INTO own.organization (id, name, client_group, potential, city) VALUES (1, 'Client 1', 'emo', 'A', 'Moscow'), (2, 'Client 2', 'dealer', 'A', 'Moscow');
SELECT lives_ok('INSERT INTO own.binding (organization_id, manager_id) VALUES (1, 1)', 'binds');
SELECT throws_ok('INSERT INTO own.binding (organization_id, manager_id) VALUES (2, 1)', '23514', NULL, 'is judged himself');
SELECT lives_ok('UPDATE own.rule SET enforcement = ''off'' WHERE code = ''off_profile''', 'sets his rules');
SELECT throws_ok('DELETE FROM own.binding_log', '42501', NULL, 'keeps his log');
SELECT throws_ok('UPDATE kb.rule SET enforcement = ''off''', '42501', NULL, 'and no other base');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
