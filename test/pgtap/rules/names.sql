-- Nothing depends on who calls, with what settings, from where; and one base
-- knows nothing of another.
BEGIN;
\ir company.psql
SELECT plan(37);
SELECT org(1), org(2, 'dealer'), org(3, city => 'Tver');
SELECT fill(1, 1001, 40);

-- Each of these is asked to pass one bind and to refuse three others.
CREATE FUNCTION tools.verdicts(VARIADIC before text[] DEFAULT '{}') RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(tools.broken(VARIADIC $1 || statement), ', ' ORDER BY n)
        FROM unnest(ARRAY['INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)',
            'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)',
            'INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 2)',
            'INSERT INTO kb.binding (organization_id, manager_id) VALUES (3, 2)']) WITH ORDINALITY AS s (statement, n));
CREATE FUNCTION tools.asked() RETURNS text LANGUAGE sql RETURN 'passes, base_size, off_profile, territory';
SELECT is(verdicts(), asked(), 'as it is');

-- search_path
SELECT is(verdicts('SET LOCAL search_path = '''''), asked(), 'an empty search_path');
SELECT is(verdicts('SET LOCAL search_path = pg_temp, pg_catalog'), asked(), 'pg_temp first');
CREATE SCHEMA evil;
CREATE FUNCTION evil.today() RETURNS date LANGUAGE sql RETURN date '2030-01-01';
CREATE FUNCTION evil.nextval(regclass) RETURNS bigint LANGUAGE sql RETURN 1;
CREATE FUNCTION evil.texteq(text, text) RETURNS boolean LANGUAGE sql RETURN true;
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.texteq);
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql RETURN timestamptz '1999-01-01';
CREATE TABLE evil.rule AS SELECT code, 'off'::kbnorms.enforcement AS enforcement FROM kb.rule;
CREATE TABLE evil.manager (LIKE kb.manager);
SELECT is(verdicts('SET LOCAL search_path = evil, pg_catalog, kb'), asked(), 'a schema with functions, operators and tables of ours');
SELECT is(verdicts('SET LOCAL search_path = evil, pg_catalog, kb', 'UPDATE kb.rule SET enforcement = ''block'' WHERE code OPERATOR(pg_catalog.=) ''territory'''), asked(),
    'also where a norm is changed from there');

-- Temporary tables and functions
CREATE TEMP TABLE binding (LIKE kb.binding);
CREATE TEMP TABLE organization (LIKE kb.organization);
CREATE TEMP TABLE manager (LIKE kb.manager);
CREATE TEMP TABLE rule AS SELECT code, 'off'::kbnorms.enforcement AS enforcement FROM kb.rule;
CREATE TEMP TABLE norm_tenure AS SELECT * FROM kb.norm_tenure WHERE false;
CREATE TEMP TABLE norm_version AS SELECT 7 AS version;
CREATE TEMP TABLE binding_log (LIKE kb.binding_log);
SELECT is(verdicts(), asked(), 'temporary tables of the same names');
SELECT is(verdicts('UPDATE kb.rule SET enforcement = ''block'' WHERE code = ''territory'''), asked(), 'where a norm is changed');
SELECT is((SELECT string_agg(code, ' ' ORDER BY n) FROM check_binding(3, 1) WITH ORDINALITY AS c (code, passed, actual, bound, message, remedy, n) WHERE NOT passed), 'base_size territory', 'in check_binding');
INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2);
SELECT is((SELECT count(*) FROM kb.binding_log WHERE organization_id = 1), 1::bigint, 'and the log is that of the base');
DELETE FROM kb.binding WHERE organization_id = 1;
DROP TABLE pg_temp.binding, pg_temp.organization, pg_temp.manager, pg_temp.rule, pg_temp.norm_tenure, pg_temp.norm_version, pg_temp.binding_log;

-- Settings
SELECT is(verdicts('SET LOCAL DateStyle = ''SQL, DMY'''), asked(), 'DateStyle SQL, DMY');
SELECT is(verdicts('SET LOCAL DateStyle = ''German'''), asked(), 'DateStyle German');
SELECT is((failure_of('SET LOCAL DateStyle = ''SQL, DMY''', 'INSERT INTO kb.binding VALUES (1, 2, ''16/07/2010'')')).detail LIKE '%bound on 2010-07-16, allowed 2009-01-01 to 2010-07-15%',
    true, 'dates in errors are ISO, whatever DateStyle says');
SELECT is((SELECT detail FROM failure_of('SET LOCAL DateStyle = ''Postgres, MDY''', 'INSERT INTO kb.binding VALUES (1, 2, ''2010-07-16'')')),
    (SELECT detail FROM failure_of('INSERT INTO kb.binding VALUES (1, 2, ''2010-07-16'')')), 'the same words under each');
SELECT is(verdicts('SET LOCAL IntervalStyle = sql_standard', 'SET LOCAL TimeZone = ''Pacific/Auckland'''), asked(), 'IntervalStyle and TimeZone');
SELECT is(verdicts('SET LOCAL standard_conforming_strings = off', 'SET LOCAL escape_string_warning = off', 'SET LOCAL quote_all_identifiers = on',
    'CREATE INDEX ON kb.binding (bound_on)', 'CREATE INDEX ON kb.organization (name)', 'CREATE INDEX ON kb.binding_log (reason)'), asked(), 'quoting, with the tables looked at anew');
SELECT is(verdicts('SET LOCAL row_security = off'), asked(), 'row_security off');
SELECT is(verdicts('SET LOCAL enable_indexscan = off', 'SET LOCAL enable_bitmapscan = off'), asked(), 'index scans switched off');
SELECT is(verdicts('SET LOCAL session_replication_role = local'), asked(), 'session_replication_role local');

-- Names that need quotes, and ids at the ends of their type
CALL kbnorms.create_client_base('Клиентская "база"', false);
INSERT INTO "Клиентская ""база""".unit SELECT * FROM kb.unit;
INSERT INTO "Клиентская ""база""".manager SELECT * FROM kb.manager;
INSERT INTO "Клиентская ""база""".manager_post SELECT * FROM kb.manager_post;
INSERT INTO "Клиентская ""база""".organization (id, name, client_group, potential, city) SELECT id, name, client_group, potential, city FROM kb.organization WHERE id < 10;
SELECT is((f).schema_name || ': ' || (f).message, 'Клиентская "база": change of client base "Клиентская "база"" breaks rule "territory": organization 3 "Client 3", manager 2 "Manager 2": actual Tver, allowed Moscow',
    'a name that needs quotes')
FROM failure_of('INSERT INTO "Клиентская ""база""".binding (organization_id, manager_id) VALUES (3, 2)') AS f;
UPDATE "Клиентская ""база""".rule SET enforcement = 'off' WHERE code = 'territory';
SELECT is(broken('INSERT INTO "Клиентская ""база""".binding (organization_id, manager_id) VALUES (3, 2)'), 'passes', 'its norms are its own');
SELECT is(bind(3, 2), 'territory', 'and those of the first stay');
SELECT is(broken('INSERT INTO "Клиентская ""база""".binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'manager 1 is full in the first base alone');
SELECT is(bind(1, 1), 'base_size', 'and there he is');
INSERT INTO "Клиентская ""база""".binding (organization_id, manager_id) VALUES (1, 1), (3, 2);
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id IN (1, 3)), 2::bigint, 'the log of the first has only its own rows');
SELECT is((SELECT count(*) FROM "Клиентская ""база""".binding_log), 2::bigint, 'and that of the second');
SELECT is(bind(1, 2), 'passes', 'bound there is not bound here');
SELECT is((SELECT passed FROM "Клиентская ""база""".check_binding(1, 2) WHERE code = 'multiple'), false, 'check_binding of the second');
SELECT is((SELECT passed FROM check_binding(1, 2) WHERE code = 'multiple'), true, 'and of the first');
SELECT is(broken('DELETE FROM kb.organization WHERE id = 3'), 'passes', 'what is bound there may be deleted here');
SELECT is(broken('WITH a AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1))
    INSERT INTO "Клиентская ""база""".binding (organization_id, manager_id, additional) VALUES (1, 2, true)'), 'base_size', 'a statement that changes both is judged in both: the first');
SELECT is(broken('WITH a AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2))
    INSERT INTO "Клиентская ""база""".binding (organization_id, manager_id) VALUES (2, 2)'), 'off_profile', 'and the second');
SELECT kbnorms.drop_client_base('Клиентская "база"');
SELECT is(verdicts(), asked(), 'the first goes on when the second is dropped');

SELECT org(2147483647), org(-2147483648), org(0);
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (2147483647, 2), (-2147483648, 2), (0, 2)'), 'passes', 'ids at the ends of their type');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (2147483647, 1)'), 'base_size', 'and refused as any');
SELECT is((SELECT count(*) FROM check_binding(2147483647, 2)), 15::bigint, 'and checked');
SELECT is((failure_of('SELECT * FROM kb.check_binding(4294967297, 2)')).state, '23503', 'an id that only begins where theirs end is nobody''s');
SELECT is((failure_of('SELECT * FROM kb.check_binding(1, -9223372036854775808)')).state, '23503', 'nor is the lowest');

SELECT * FROM finish();
ROLLBACK;
