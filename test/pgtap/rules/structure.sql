-- What has bindings, linked organizations or a history is kept under its id,
-- and the log as it was written, with every rule switched off.
BEGIN;
\ir company.psql
SELECT plan(51);
UPDATE rule SET enforcement = 'off';

SELECT org(id) FROM generate_series(1, 9) AS id;
UPDATE organization SET head_id = 1 WHERE id = 2;
INSERT INTO binding (organization_id, manager_id) VALUES (3, 1), (4, 2), (5, 1);
DELETE FROM binding WHERE organization_id = 4;
UPDATE binding SET manager_id = 13 WHERE organization_id = 5;
UPDATE organization SET head_id = 6 WHERE id = 7;
UPDATE organization SET head_id = NULL WHERE id = 7;

CREATE FUNCTION tools.refused(VARIADIC statements text[]) RETURNS text LANGUAGE sql
RETURN (SELECT CASE WHEN f.state IS NULL THEN 'passes'
        ELSE concat_ws(' ', f.state, nullif(f.constraint_name, ''), nullif(f.table_name, '')) END
        FROM tools.failure_of(VARIADIC $1) AS f);

-- Organizations
SELECT is(refused('DELETE FROM kb.organization WHERE id = 3'), '23503 binding_organization_id_fkey binding', 'with a binding');
SELECT is(refused('DELETE FROM kb.organization WHERE id = 4'), '23503 binding_log_organization_id_fkey binding_log', 'with an ended one');
SELECT is(refused('DELETE FROM kb.organization WHERE id = 1'), '23503 organization_head_id_fkey organization', 'with a linked one');
SELECT is(refused('DELETE FROM kb.organization WHERE id = 2'), '23503 binding_log_organization_id_fkey binding_log', 'with a link');
SELECT is(refused('DELETE FROM kb.organization WHERE id = 7'), '23503 binding_log_organization_id_fkey binding_log', 'once linked');
SELECT is(refused('DELETE FROM kb.organization WHERE id = 6'), '23503 binding_log_head_id_fkey binding_log', 'once a head');
SELECT is(refused('DELETE FROM kb.organization WHERE id = 8'), 'passes', 'with nothing of it all');
SELECT matches(refused('DELETE FROM kb.organization'), '^23503 ', 'all of them');
SELECT is(refused('DELETE FROM kb.organization WHERE id IN (8, 9)'), 'passes', 'some that nothing rests on');
SELECT is(refused('UPDATE kb.organization SET id = 103 WHERE id = 3'), '23503 binding_organization_id_fkey binding', 'renumbered with a binding');
SELECT is(refused('UPDATE kb.organization SET id = 104 WHERE id = 4'), '23503 binding_log_organization_id_fkey binding_log', 'with an ended one');
SELECT is(refused('UPDATE kb.organization SET id = 106 WHERE id = 6'), '23503 binding_log_head_id_fkey binding_log', 'once a head');
SELECT is(refused('UPDATE kb.organization SET id = 108 WHERE id = 8'), 'passes', 'with nothing');
SELECT is(refused('UPDATE kb.organization SET id = id, name = ''x'''), 'passes', 'the same number is none');
SELECT is(refused('MERGE INTO kb.organization o USING (VALUES (3)) AS v (id) ON o.id = v.id WHEN MATCHED THEN DELETE'),
    '23503 binding_organization_id_fkey binding', 'merged away');
SELECT is(refused('DELETE FROM kb.binding', 'DELETE FROM kb.organization WHERE id = 3'), '23503 binding_log_organization_id_fkey binding_log', 'unbound before');
SELECT matches(refused('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 3) DELETE FROM kb.organization WHERE id = 3'), '^23503 ', 'unbound at once');
SELECT is(refused('WITH gone AS (DELETE FROM kb.organization WHERE id = 8) INSERT INTO kb.binding (organization_id, manager_id) VALUES (8, 1)'),
    '23503 binding_organization_id_fkey binding', 'deleted and bound at once');
SELECT is(refused('INSERT INTO kb.organization (id, name) VALUES (20, ''a'')', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (20, 1)',
    'DELETE FROM kb.organization WHERE id = 20'), '23503 binding_organization_id_fkey binding', 'one of this transaction');
SELECT is(refused('TRUNCATE kb.organization'), '0A000', 'truncated, while other tables refer to it');
SELECT is(refused('TRUNCATE kb.organization CASCADE'), '0A000 organization', 'truncated with all that refers to it');

-- Managers, whose posts are guarded by foreign keys of their own
DELETE FROM manager_post WHERE manager_id IN (1, 2);
SELECT is(refused('DELETE FROM kb.manager WHERE id = 2'), '23503 binding_log_manager_id_fkey binding_log', 'a manager with an ended binding');
SELECT is(refused('DELETE FROM kb.manager WHERE id = 1'), '23503 binding_manager_id_fkey binding', 'with a binding');
SELECT matches(refused('WITH gone AS (DELETE FROM kb.binding WHERE manager_id = 1) DELETE FROM kb.manager WHERE id = 1'), '^23503 ', 'unbound at once');
SELECT is(refused('DELETE FROM kb.manager WHERE id = 15'), 'passes', 'with nothing');
SELECT is(refused('UPDATE kb.manager SET id = 102 WHERE id = 2'), '23503 binding_log_manager_id_fkey binding_log', 'renumbered with a history');
SELECT is(refused('UPDATE kb.manager SET id = 101 WHERE id = 1'), '23503 binding_manager_id_fkey binding', 'renumbered with a binding');
SELECT is(refused('UPDATE kb.manager SET id = 115 WHERE id = 15'), 'passes', 'renumbered with nothing');
SELECT is(refused('TRUNCATE kb.manager CASCADE'), '0A000 manager', 'truncated with all that refers to it');

-- Who renumbers in a circle leaves nothing that rests on another
SELECT is(refused('UPDATE kb.organization SET id = CASE id WHEN 3 THEN 300 ELSE 3 END WHERE id IN (3, 9)'),
    '23503 binding_organization_id_fkey binding', 'a number given to another organization is gone all the same');

-- binding
SELECT is(refused('TRUNCATE kb.binding'), '0A000 binding', 'TRUNCATE of binding');
SELECT is(refused('TRUNCATE kb.binding CASCADE'), '0A000 binding', 'with CASCADE');
SELECT is(refused('TRUNCATE kb.turnover, kb.binding'), '0A000 binding', 'among others');

-- The log: a superuser, who owns it, and an owner who is none
CREATE ROLE keeper_of_log;
SELECT is(refused('UPDATE kb.binding_log SET reason = ''x'''), '42501 binding_log', 'UPDATE of the log');
SELECT is(refused('UPDATE kb.binding_log SET reason = ''x'' WHERE false'), '42501 binding_log', 'of none of its rows');
SELECT is(refused('DELETE FROM kb.binding_log'), '42501 binding_log', 'DELETE');
SELECT is(refused('TRUNCATE kb.binding_log'), '42501 binding_log', 'TRUNCATE');
SELECT is(refused('MERGE INTO kb.binding_log l USING (VALUES (1)) AS v (id) ON l.id = v.id WHEN MATCHED THEN DELETE'), '42501 binding_log', 'MERGE');
SELECT is(refused('INSERT INTO kb.binding_log (id, organization_id, change, head_id) SELECT id, 1, ''link'', 2 FROM kb.binding_log LIMIT 1
    ON CONFLICT (id) DO UPDATE SET reason = ''x'''), '42501 binding_log', 'ON CONFLICT DO UPDATE');
ALTER TABLE binding_log OWNER TO keeper_of_log;
GRANT USAGE ON SCHEMA kb TO keeper_of_log;
SELECT is(refused('SET LOCAL ROLE keeper_of_log', 'UPDATE kb.binding_log SET reason = ''x'''), '42501 binding_log', 'its owner: UPDATE');
SELECT is(refused('SET LOCAL ROLE keeper_of_log', 'DELETE FROM kb.binding_log'), '42501 binding_log', 'DELETE');
SELECT is(refused('SET LOCAL ROLE keeper_of_log', 'TRUNCATE kb.binding_log'), '42501 binding_log', 'TRUNCATE');
SELECT is(refused('SET LOCAL ROLE keeper_of_log', 'INSERT INTO kb.binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change)
    VALUES (9, 1, ''2005-01-01'', ''2006-01-01'', false, ''unbind'')'), 'passes', 'INSERT of older history');
SELECT is(refused('INSERT INTO kb.binding_log (organization_id, change) VALUES (9, ''bind'')'), '23514 binding_log_change binding_log', 'a bind without its manager');

-- Unknown ids, and NULLs
SELECT is(refused('INSERT INTO kb.binding (organization_id, manager_id) VALUES (99, 1)'), '23503 binding_organization_id_fkey binding', 'an unknown organization');
SELECT is(refused('INSERT INTO kb.binding (organization_id, manager_id) VALUES (9, 99)'), '23503 binding_manager_id_fkey binding', 'an unknown manager');
SELECT is((f).detail, 'Key (manager_id)=(99) is not present in table "manager".', 'as PostgreSQL says it')
FROM failure_of('UPDATE kb.binding SET manager_id = 99 WHERE organization_id = 3') AS f;
SELECT is(refused('UPDATE kb.binding SET organization_id = 99 WHERE organization_id = 3'), '23503 binding_organization_id_fkey binding', 'a move to an unknown one');
SELECT is(refused('INSERT INTO kb.binding (organization_id, manager_id) VALUES (NULL, 1)'), '23502 binding', 'NULL for an organization');
SELECT is(refused('UPDATE kb.binding SET manager_id = NULL WHERE organization_id = 3'), '23502 binding', 'for a manager');
SELECT is(refused('INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (9, 1, NULL)'), '23502 binding', 'for additional');

SELECT * FROM finish();
ROLLBACK;
