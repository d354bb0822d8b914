-- change_log: what was changed, by whom, for whom, from what to what.
BEGIN;
\ir ../rules/company.psql
SELECT plan(24);

SELECT count(org(id)) FROM generate_series(1, 3) id \gset
CREATE ROLE wf_erp;
GRANT USAGE ON SCHEMA kb, tools TO wf_erp;
GRANT ALL ON ALL TABLES IN SCHEMA kb TO wf_erp;

-- What was written since it was last asked.
CREATE TEMP TABLE seen AS SELECT coalesce(max(id), 0) AS id FROM change_log;
CREATE FUNCTION tools.said() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    SELECT string_agg(concat_ws(' ', l.table_name, '(' || l.row_key || ')', l.operation, l.column_name, coalesce(l.old_value, '-') || '>' || coalesce(l.new_value, '-')), '; '
        ORDER BY l.table_name, l.row_key COLLATE "C", l.operation, l.column_name, l.id) INTO told
    FROM change_log l, seen WHERE l.id > seen.id;
    UPDATE seen SET id = (SELECT coalesce(max(l.id), 0) FROM change_log l);
    RETURN told;
END
$$;

UPDATE organization SET potential = 'S' WHERE id = 1;
UPDATE organization SET potential = 'A' WHERE id = 1;
SELECT is(said(), 'organization (1) update potential A>S; organization (1) update potential S>A', 'a potential set and set back leaves its trace');
UPDATE organization SET city = 'Tver', name = 'New name' WHERE id < 3;
SELECT is(said(), 'organization (1) update city Moscow>Tver; organization (1) update name Client 1>New name; '
    'organization (2) update city Moscow>Tver; organization (2) update name Client 2>New name', 'one row for each value');
UPDATE organization SET name = name;
SELECT is(said(), NULL, 'what is as it was is not said');
UPDATE organization SET inn = '7707083893', client_group = NULL, territory_id = 1, head_id = 3 WHERE id = 1;
SELECT is(said(), 'organization (1) update client_group emo>-; organization (1) update head_id ->3; organization (1) update inn ->7707083893; organization (1) update territory_id ->1',
    'all that counts about an organization');
INSERT INTO organization (id, name) VALUES (9, 'New');
SELECT is(said(), NULL, 'a new organization is no change');
DELETE FROM organization WHERE name = 'New';
SELECT matches(said(), '^organization .* delete account_id .* name New>-$', 'one that goes is');

UPDATE norm_tenure SET max_accounts = 41 WHERE specialization = 'universal' AND from_month = 12;
SELECT is(said(), 'norm_tenure (universal, 12, 2010-01-01) update max_accounts 40>41', 'a norm that is changed');
UPDATE norm_tenure SET effective_from = '2010-02-01' WHERE specialization = 'chain' AND from_month = 12;
SELECT matches(said(), 'norm_tenure \(chain, 12, 2010-01-01\) delete max_accounts 10>-;.* norm_tenure \(chain, 12, 2010-02-01\) insert max_accounts ->10;', 'one with another key goes and comes');
INSERT INTO norm_potential (specialization, potential, effective_from, stance) VALUES ('universal', 'C', '2010-07-01', 'allowed');
SELECT is(said(), 'norm_potential (universal, C, 2010-07-01) insert effective_from ->2010-07-01; norm_potential (universal, C, 2010-07-01) insert potential ->C; '
    'norm_potential (universal, C, 2010-07-01) insert specialization ->universal; norm_potential (universal, C, 2010-07-01) insert stance ->allowed', 'a new one');
DELETE FROM norm_potential WHERE potential = 'C';
SELECT matches(said(), 'norm_potential .* delete stance allowed>-$', 'one that goes');
UPDATE rule SET enforcement = 'warn' WHERE code = 'territory';
SELECT is(said(), 'rule (territory) update enforcement block>warn', 'a rule');
UPDATE policy SET inactivity_months = 5;
SELECT is(said(), 'policy (2010-01-01) update inactivity_months 6>5', 'the policy');
UPDATE position SET holds_base = true WHERE code = 'office_head';
SELECT is(said(), 'position (office_head) update holds_base false>true', 'a dictionary');
INSERT INTO manager (id, full_name, hired_on) VALUES (99, 'New', '2010-07-01');
SELECT is(said(), NULL, 'somebody new is no change');
UPDATE manager SET novice_since = '2010-07-02' WHERE id = 99;
SELECT is(said(), 'manager (99) update novice_since ->2010-07-02', 'what his tenure is counted from is one');
INSERT INTO manager_post (manager_id, since, position, unit_id) VALUES (1, '2010-07-15', 'office_head', 4);
SELECT is(said(), 'manager_post (1, 2010-07-15) insert manager_id ->1; manager_post (1, 2010-07-15) insert position ->office_head; '
    'manager_post (1, 2010-07-15) insert since ->2010-07-15; manager_post (1, 2010-07-15) insert unit_id ->4', 'a post');
UPDATE manager_territory SET until = '2010-08-01';
SELECT is(said(), 'manager_territory (3, 1, 2009-01-01) update until ->2010-08-01', 'a territory that ends');
UPDATE unit SET city = 'Tula' WHERE id = 6;
SELECT is(said(), 'unit (6) update city Tver>Tula', 'a unit');
UPDATE territory SET unit_id = 5 WHERE id = 1;
SELECT is(said(), 'territory (1) update unit_id 4>5', 'a territory');
TRUNCATE manager_territory;
SELECT is(said(), 'manager_territory (3, 1, 2009-01-01) delete manager_id 3>-; manager_territory (3, 1, 2009-01-01) delete since 2009-01-01>-; '
    'manager_territory (3, 1, 2009-01-01) delete territory_id 1>-; manager_territory (3, 1, 2009-01-01) delete until 2010-08-01>-', 'TRUNCATE is no way around');

-- Who, and for whom
SET LOCAL kbnorms.acting_for = 'Petrova';
SET LOCAL ROLE wf_erp;
UPDATE kb.organization SET potential = 'B' WHERE id = 2;
RESET ROLE;
SELECT is((SELECT (changed_by, acting_for, changed_at = now())::text FROM change_log ORDER BY id DESC LIMIT 1), '(wf_erp,Petrova,t)', 'the role, whom it acts for, and when');
SELECT throws_ok('UPDATE change_log SET changed_by = ''nobody''', '42501', NULL, 'no row is changed');
SELECT throws_ok('DELETE FROM change_log', '42501', NULL, 'or removed');
SELECT throws_ok('TRUNCATE change_log', '42501', NULL, 'in no way');

SELECT * FROM finish();
ROLLBACK;
