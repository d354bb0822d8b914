-- A base that its owner has altered past recognition gets a clear error from
-- the engine; what does not concern the engine is nothing to it.
BEGIN;
\ir company.psql
SELECT org(1), org(2), org(3), org(4, head_id => 3);
INSERT INTO binding (organization_id, manager_id) VALUES (2, 1), (4, 1);

-- The columns that the engine reads or writes
CREATE TABLE tools.engine_column (t text, c text);
INSERT INTO tools.engine_column
SELECT t, c FROM (VALUES
    ('organization', '{id,name,head_id,client_group,potential,city,territory_id}'::text[]),
    ('manager', '{id,full_name,hired_on,novice_since,left_on}'),
    ('manager_post', '{manager_id,since,position,specialization,unit_id}'),
    ('manager_territory', '{manager_id,territory_id,since,until}'),
    ('unit', '{id,parent_id,kind,city}'),
    ('rule', '{code,enforcement}'),
    ('position', '{code,holds_base,specialized}'),
    ('norm_tenure', '{specialization,from_month,effective_from,max_accounts}'),
    ('norm_specialization', '{specialization,effective_from,may_bind_off_profile,territory_rule,exception_only_on_profile,newcomers_avoid_territories}'),
    ('norm_client_group', '{specialization,client_group,effective_from,stance,max_accounts}'),
    ('norm_potential', '{specialization,potential,effective_from,stance}'),
    ('policy', '{effective_from,cool_off_days,max_new_accounts_per_day,max_moves,move_days}'),
    ('norm_version', '{version}'),
    ('specialization', '{code,central}'),
    ('memo', '{id,state,client_card}'),
    ('memo_item', '{memo_id,item_no,change,organization_id,from_manager_id,to_manager_id,head_id,additional,territory_exception,used_at}'),
    ('memo_approval', '{memo_id,capacity,unit_id,approved}'),
    ('authority', '{role_name,capacity,unit_id,since,until}'),
    ('binding', '{territory_exception}'),
    ('binding_log', '{id,organization_id,manager_id,bound_on,unbound_on,additional,territory_exception,head_id,change,reason,memo_id,changed_by,acting_for,changed_at,taken_on,waivers}'),
    ('waiver', '{id,manager_id,rule,since,until,reason,granted_by}')
) AS v (t, columns), unnest(columns) AS c;
SELECT plan((SELECT 2 * count(*) FROM engine_column)::integer + 45);

CREATE FUNCTION tools.told(VARIADIC statements text[]) RETURNS text LANGUAGE sql
RETURN (SELECT CASE WHEN f.state IS NULL THEN 'passes' ELSE concat_ws(': ', f.state, f.message, nullif(f.detail, '')) END
        FROM tools.failure_of(VARIADIC $1) AS f);

SELECT matches(told(format('ALTER TABLE kb.%I DROP COLUMN %I CASCADE', t, c), 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'),
    format('^55000: schema "kb" is not a complete client base: There is no (column|index on|identity column) "%s\.?', t), format('%s.%s dropped', t, c))
FROM engine_column;
SELECT matches(told(format('ALTER TABLE kb.%I RENAME COLUMN %I TO gone', t, c), 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'),
    format('^55000: schema "kb" is not a complete client base: There is no column "%s\.%s ', t, c), format('%s.%s renamed', t, c))
FROM engine_column;

-- Columns of binding itself
SELECT matches(told('ALTER TABLE kb.binding DROP COLUMN additional CASCADE', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'),
    '^55000: .*"binding\.additional boolean"', 'binding.additional dropped');
SELECT matches(told('ALTER TABLE kb.binding RENAME COLUMN manager_id TO who', 'DELETE FROM kb.binding'),
    '^55000: .*"binding\.manager_id integer"', 'binding.manager_id renamed');

-- Other types
CREATE FUNCTION tools.retyped(t text, c text, type text) RETURNS text LANGUAGE sql
RETURN tools.told('CREATE DOMAIN tools.small AS integer', 'DROP VIEW IF EXISTS kb.holding, kb.current_binding CASCADE',
    format('ALTER TABLE kb.%1$I RENAME COLUMN %2$I TO old', $1, $2),
    format('ALTER TABLE kb.%1$I ADD COLUMN %2$I %3$s', $1, $2, $3),
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)');
SELECT matches(retyped('organization', 'city', 'varchar(20)'), '^55000: .*"organization\.city text"', 'varchar for text');
SELECT matches(retyped('manager', 'hired_on', 'timestamp'), '^55000: .*"manager\.hired_on date"', 'timestamp for date');
SELECT matches(retyped('manager_post', 'unit_id', 'bigint'), '^55000: .*"manager_post\.unit_id integer"', 'bigint for integer');
SELECT matches(retyped('norm_tenure', 'max_accounts', 'tools.small'), '^55000: .*"norm_tenure\.max_accounts integer"', 'a domain');
SELECT matches(retyped('rule', 'enforcement', 'text'), '^55000: .*"rule\.enforcement enforcement"', 'text for an enum');
SELECT matches(retyped('norm_potential', 'stance', 'kbnorms.verdict'), '^55000: .*"norm_potential\.stance stance"', 'another enum');

-- Tables
SELECT matches(told('ALTER TABLE kb.rule RENAME TO rules', 'DELETE FROM kb.binding'), '^55000: .*There is no table "rule"', 'a table renamed');
SELECT matches(told('DROP TABLE kb.norm_potential CASCADE', 'DELETE FROM kb.binding'), '^55000: .*There is no table "norm_potential"', 'a table dropped');
SELECT matches(told('ALTER TABLE kb.unit RENAME TO u', 'CREATE VIEW kb.unit AS SELECT * FROM kb.u', 'DELETE FROM kb.binding'),
    '^55000: .*There is no table "unit"', 'a view in its place');
SELECT matches(told('ALTER TABLE kb.binding SET SCHEMA tools', 'DELETE FROM tools.binding'), '^55000: schema "tools" is not a complete client base', 'binding in another schema');
SELECT matches(told('ALTER TABLE kb.binding RENAME TO b', 'DELETE FROM kb.b'), '^55000: .*There is no table "binding"', 'binding renamed');
SELECT matches(told('ALTER TABLE kb.binding RENAME TO b', 'CREATE TABLE kb.binding (LIKE kb.b INCLUDING INDEXES)', 'DELETE FROM kb.b'),
    '^39P01: .*"binding_changed" must be fired by table "binding"', 'another table in its place');
SELECT matches(told('DELETE FROM kb.norm_version', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'),
    '^55000: table "norm_version" of schema "kb" is empty', 'no version of the norms');

-- Indexes
SELECT matches(told('DROP INDEX kb.binding_manager', 'DELETE FROM kb.binding'), '^55000: .*index on "binding \(manager_id\)"', 'an index dropped');
SELECT matches(told('ALTER TABLE kb.binding DROP CONSTRAINT binding_pkey', 'DELETE FROM kb.binding'), '^55000: .*index on "binding \(organization_id, manager_id\)"', 'the primary key dropped');
SELECT matches(told('DROP INDEX kb.organization_head', 'UPDATE kb.organization SET head_id = 1 WHERE id = 2'), '^55000: .*index on "organization \(head_id\)', 'the index of linked ones');
SELECT is(told('DROP INDEX kb.binding_manager', 'CREATE INDEX by_manager ON kb.binding (manager_id DESC, bound_on)',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'another index that begins so does');
SELECT matches(told('DROP INDEX kb.binding_manager', 'CREATE INDEX by_manager ON kb.binding USING hash (manager_id)', 'DELETE FROM kb.binding'),
    '^55000', 'one of another kind does not');
SELECT matches(told('DROP INDEX kb.binding_manager', 'CREATE INDEX by_manager ON kb.binding (manager_id) WHERE NOT additional', 'DELETE FROM kb.binding'),
    '^55000', 'nor one of some rows');
SELECT matches(told('DROP INDEX kb.binding_manager', 'CREATE INDEX by_manager ON kb.binding ((manager_id + 0))', 'DELETE FROM kb.binding'),
    '^55000', 'nor one of an expression');
SELECT matches(told('DROP INDEX kb.organization_head', 'CREATE INDEX by_head ON kb.organization (head_id) WHERE head_id > 1000',
    'UPDATE kb.organization SET head_id = 1 WHERE id = 3'), '^55000', 'of some linked ones only: no chain comes of it');
SELECT matches(told('DROP INDEX kb.organization_head', 'CREATE INDEX by_head ON kb.organization (head_id)',
    'UPDATE kb.organization SET head_id = 1 WHERE id = 3'), '^55000: .*"organization \(head_id\) WHERE head_id IS NOT NULL"', 'of all is not the one that is sought');
SELECT matches(told('DROP INDEX kb.organization_head', 'CREATE INDEX organization_head ON kb.organization (head_id) WHERE head_id <> 3',
    'UPDATE kb.organization SET head_id = 1 WHERE id = 3'), '^55000', 'nor is another of its name');
SELECT matches(told('DROP INDEX kb.organization_head', 'CREATE INDEX by_head ON kb.organization (head_id) WHERE head_id IS NOT NULL',
    'UPDATE kb.organization SET head_id = 1 WHERE id = 3'), '^23514: organization 3', 'its like under another name does');
SELECT matches(told('DROP INDEX kb.binding_log_ended_organization',
    'CREATE INDEX by_org ON kb.binding_log (organization_id) WHERE unbound_on > ''2010-08-01''', 'DELETE FROM kb.binding'), '^55000', 'of some ends only');
SELECT is(told('DROP INDEX kb.binding_log_ended_organization', 'CREATE INDEX by_org ON kb.binding_log (organization_id) WHERE unbound_on IS NOT NULL OR manager_id IS NULL',
    'DELETE FROM kb.binding'), 'passes', 'of all ends');
SELECT matches(told('DROP INDEX kb.multiple', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 2)'),
    '^23514: .*"multiple"', 'without its unique index the rule still refuses a second main manager');
SELECT matches(told('ALTER TABLE kb.binding_log ALTER COLUMN id DROP IDENTITY', 'DELETE FROM kb.binding'), '^55000: .*identity column "binding_log.id"', 'the log''s identity dropped');

-- NULLs where there are none
SELECT matches(told('ALTER TABLE kb.binding ALTER COLUMN bound_on DROP NOT NULL', 'INSERT INTO kb.binding VALUES (1, 1, NULL)'), '^23502', 'bound_on');
SELECT matches(told('ALTER TABLE kb.binding ALTER COLUMN additional DROP NOT NULL', 'INSERT INTO kb.binding VALUES (1, 1, DEFAULT, NULL)'), '^23(502|514)', 'additional');
SELECT matches(told('ALTER TABLE kb.manager ALTER COLUMN hired_on DROP NOT NULL', 'UPDATE kb.manager SET hired_on = NULL WHERE id = 1',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), '^23502', 'hired_on');

CREATE FUNCTION tools.without_code(t text, c text) RETURNS text LANGUAGE sql
RETURN tools.told(format('ALTER TABLE kb.%1$I DROP CONSTRAINT %1$s_pkey CASCADE', $1), format('ALTER TABLE kb.%I ALTER COLUMN %I DROP NOT NULL', $1, $2),
    format('DROP TRIGGER change_logged_insert ON kb.%I', $1),
    format('INSERT INTO kb.%1$I SELECT (jsonb_populate_record(x, jsonb_build_object(%2$L, NULL))).* FROM kb.%1$I x LIMIT 1', $1, $2),
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)');
SELECT matches(without_code('position', 'code'), '^23502: null value in a column', 'a position without a code');
SELECT matches(without_code('specialization', 'code'), '^23502: null value in a column', 'a specialization without a code');
SELECT matches(without_code('norm_client_group', 'client_group'), '^23502: null value in a column', 'a norm of no group');

-- What does not concern the engine
SELECT is(told('ALTER TABLE kb.binding ADD COLUMN remark text DEFAULT ''x'', ADD COLUMN n serial', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)',
    'UPDATE kb.binding SET remark = ''y''', 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1'), 'passes', 'columns added to binding');
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id = 2), 1::bigint, 'one row was logged of a pair');
ALTER TABLE binding ADD COLUMN remark text;
UPDATE binding SET remark = 'y';
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id = 2), 1::bigint, 'a change of another column is not logged');
SELECT is(told('ALTER TABLE kb.organization DROP COLUMN name CASCADE', 'ALTER TABLE kb.organization ADD COLUMN name text',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'a column dropped and added again, at another place');
SELECT is(told('ALTER TABLE kb.organization ADD COLUMN a int, ADD COLUMN b int', 'UPDATE kb.organization SET head_id = 1 WHERE id = 2'), 'passes', 'columns added to organization');
SELECT is(told('ALTER TABLE kb.manager ADD COLUMN email text', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'a column added to manager');
SELECT is(told('CLUSTER kb.binding USING binding_manager', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'a table written anew');
SELECT is(told('REINDEX TABLE kb.binding', 'REINDEX TABLE kb.organization', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'indexes made anew');
SELECT is(told('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'after all of that');

SELECT * FROM finish();
ROLLBACK;
