-- import_bindings: what goes in, what was there, what is rejected and why.
BEGIN;
SET client_min_messages = warning;
CALL kbnorms.create_client_base('kb_import', memos => false);
SET LOCAL search_path = kb_import, public, pg_temp;
SET LOCAL kbnorms.today = '2010-07-15';
SELECT plan(29);

INSERT INTO unit (id, kind, name, city) VALUES (1, 'office', 'Perm', 'Perm');
INSERT INTO manager (id, personnel_no, full_name, hired_on) VALUES
    (1, 'T1', 'First', '2009-01-01'), (2, 'T2', 'Second', '2009-01-01'), (3, NULL, 'Third', '2009-01-01');
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id)
SELECT id, '2009-01-01', 'manager', 'universal', 1 FROM manager;
INSERT INTO organization (id, inn, name)
SELECT g, CASE g WHEN 1 THEN '7707083893' WHEN 2 THEN '500100732259' END::kbnorms.inn, 'Organization ' || g FROM generate_series(1, 100) g;

-- Typed, by ids: an intern's base, over every norm.
CREATE TEMP TABLE src AS SELECT g AS organization_id, 1 AS manager_id, date '2008-05-05' AS bound_on FROM generate_series(1, 70) g;

-- Import what stands in a temporary table src; its counts as text.
CREATE FUNCTION pg_temp.import() RETURNS text LANGUAGE sql AS $$
    SELECT format('read %s, imported %s, present %s, rejected %s', read, imported, present, rejected)
    FROM import_bindings('src')
$$;
-- Why the last import rejected what it did.
CREATE FUNCTION pg_temp.reasons() RETURNS SETOF text LANGUAGE sql AS $$
    WITH gone AS (DELETE FROM import_reject RETURNING *)
    SELECT concat_ws(' ', coalesce(organization_id::text, inn), coalesce(manager_id::text, personnel_no)) || ': ' || reason
    FROM gone ORDER BY id
$$;

SELECT is(pg_temp.import(), 'read 70, imported 70, present 0, rejected 0', 'what breaks a norm goes in');
SELECT is((SELECT array_agg(DISTINCT format('%s %s %s %s', change, reason, bound_on, additional)) FROM binding_log),
    '{"bind import 2008-05-05 f"}', 'and is logged');
SELECT is(pg_temp.import(), 'read 70, imported 0, present 70, rejected 0', 'again it is all there');
SELECT is((SELECT count(*) FROM binding_log), 70::bigint, 'and nothing more is logged');
UPDATE src SET bound_on = '2008-05-06' WHERE organization_id = 1;
UPDATE src SET manager_id = 2 WHERE organization_id = 2;
SELECT is(pg_temp.import(), 'read 70, imported 0, present 68, rejected 2', 'what is bound in another way is rejected');
SELECT set_eq('SELECT pg_temp.reasons()', ARRAY['1 1: the organization was bound before this import', '2 2: the organization was bound before this import'], 'with its reason');
TRUNCATE src;
INSERT INTO src VALUES (1, 2, '2008-05-05');
ALTER TABLE src ADD additional boolean DEFAULT true;
SELECT is(pg_temp.import(), 'read 1, imported 0, present 0, rejected 1', 'an additional manager of a bound organization, too');
SELECT is((SELECT string_agg(x, '') FROM pg_temp.reasons() x), '1 2: the organization was bound before this import', 'for the same reason');

-- As text, by INN and personnel number, with everything that can be wrong.
DROP TABLE src;
CREATE TEMP TABLE src (inn text, personnel_no text, bound_on text, additional text, territory_exception text);
DELETE FROM binding WHERE organization_id < 3;
INSERT INTO src VALUES
    (' 7707083893 ', ' T1', '2009-02-28 ', 'no', ' realised '),
    ('500100732259', 'T2', '2010-07-15', '', ''),
    ('500100732259', 'T1', '2010-07-16', 'yes', NULL),
    ('500100732259', 'T1', '2010-02-30', 'yes', NULL),
    ('500100732259', 'T1', ' ', 'yes', NULL),
    ('500100732259', 'T1', 'infinity', 'yes', NULL),
    ('500100732259', 'T1', '2010-01-01', 'perhaps', NULL),
    ('500100732250', 'T1', '2010-01-01', 'yes', NULL),
    (NULL, 'T1', '2010-01-01', 'yes', NULL),
    ('500100732259', 'T9', '2010-01-01', 'yes', NULL),
    ('500100732259', '', '2010-01-01', 'yes', NULL);
SELECT is(pg_temp.import(), 'read 11, imported 2, present 0, rejected 9', 'text is read, and what cannot be read is rejected');
SELECT is(pg_temp.import(), 'read 11, imported 0, present 2, rejected 9', 'again it changes nothing');
SELECT is((SELECT count(*) FROM import_reject), 9::bigint, 'and says nothing twice');
SELECT results_eq('SELECT pg_temp.reasons()', ARRAY[
    '500100732259 T1: bound_on 2010-07-16 lies in the future',
    '500100732259 T1: bound_on "2010-02-30" is not a date',
    '500100732259 T1: bound_on is missing',
    '500100732259 T1: bound_on "infinity" is not a date',
    '500100732259 T1: additional "perhaps" is neither true nor false',
    '500100732250 T1: inn "500100732250" is not a taxpayer number',
    'T1: organization_id or inn is missing',
    '500100732259 T9: manager T9 is not known',
    '500100732259: manager_id or personnel_no is missing'], 'each with its reason');
SELECT results_eq('SELECT organization_id, manager_id, bound_on, additional, territory_exception FROM binding WHERE organization_id < 3 ORDER BY 1',
    $$VALUES (1, 1, date '2009-02-28', false, 'realised'), (2, 2, '2010-07-15', false, NULL)$$, 'as they were meant');

-- Rows that contradict or repeat each other.
DROP TABLE src;
DELETE FROM import_reject;
CREATE TEMP TABLE src (organization_id bigint, manager_id bigint, bound_on date, additional boolean);
INSERT INTO src VALUES
    (80, 1, '2010-01-01', false), (80, 2, '2010-01-01', false), (80, 3, '2010-01-01', true),
    (81, 1, '2010-01-01', false), (81, 1, '2010-01-02', false),
    (82, 1, '2010-01-01', false), (82, 1, '2010-01-01', true),
    (83, 1, '2010-01-01', false), (83, 1, '2010-01-01', false),
    (84, 1, '2010-01-01', false), (84, 99, '2010-01-01', false),
    (85, 1, '2010-01-01', true), (85, 2, '2010-01-01', true),
    (99999999999, 1, '2010-01-01', false);
SELECT is(pg_temp.import(), 'read 14, imported 5, present 0, rejected 9', 'counts agree');
SELECT set_eq('SELECT organization_id, manager_id, additional FROM binding WHERE organization_id BETWEEN 80 AND 89',
    $$VALUES (80, 3, true), (83, 1, false), (84, 1, false), (85, 1, true), (85, 2, true)$$,
    'of contradicting rows none goes in, of repeated ones one, and an unknown one contradicts nothing');
SELECT set_eq('SELECT pg_temp.reasons()', ARRAY[
    '80 1: another row names another main manager of this organization',
    '80 2: another row names another main manager of this organization',
    '81 1: another row says something else of this organization and manager',
    '82 1: another row says something else of this organization and manager',
    '83 1: the row is a repetition', '84 99: manager 99 is not known',
    '99999999999 1: organization 99999999999 is not known'], 'each with its reason');
SELECT is((SELECT count(*) FROM binding_log WHERE reason = 'import'), 77::bigint, 'the log has what went in');

-- Both names given have to agree.
DROP TABLE src;
CREATE TEMP VIEW src AS SELECT * FROM (VALUES
    (1, '7707083893'::kbnorms.inn, 1, 'T1', date '2009-02-28', 'realised'), (91, '7707083893', 1, 'T1', '2010-01-01', NULL),
    (92, NULL, 2, 'T1', '2010-01-01', NULL), (93, NULL, NULL, 'T2', '2010-01-01', NULL))
    AS v(organization_id, inn, manager_id, personnel_no, bound_on, territory_exception);
SELECT is(pg_temp.import(), 'read 4, imported 1, present 1, rejected 2', 'a view will do, with both names of each');
SELECT results_eq('SELECT pg_temp.reasons()', ARRAY['91 1: organization 91 has not inn 7707083893', '92 2: manager 2 has not personnel number T1'], 'which have to agree');

-- A blank justification is none, on both sides.
SET LOCAL session_replication_role = replica;
UPDATE binding SET territory_exception = '  ' WHERE organization_id = 1;
RESET session_replication_role;
CREATE OR REPLACE TEMP VIEW src AS
SELECT b.organization_id, NULL::kbnorms.inn AS inn, b.manager_id, NULL::text AS personnel_no, b.bound_on, b.territory_exception
FROM binding b WHERE b.organization_id = 1;
SELECT is(pg_temp.import(), 'read 1, imported 0, present 1, rejected 0', 'a blank justification is there as none');

-- What cannot be a source, and who may not.
SELECT throws_ok('SELECT import_bindings(NULL)', '22004', 'the source of an import must not be null', 'no source');
CREATE TEMP TABLE short (organization_id integer, bound_on date);
SELECT throws_ok($$SELECT import_bindings('short')$$, '42703', 'relation "short" lacks what an import needs: manager_id or personnel_no', 'a source without what is needed');
CREATE TEMP TABLE shorter (inn text);
SELECT throws_ok($$SELECT import_bindings('shorter')$$, '42703', 'relation "shorter" lacks what an import needs: manager_id or personnel_no, bound_on', 'all that is missing is said');
SELECT throws_ok($$SELECT import_bindings('nowhere')$$, '42P01', NULL, 'a source that does not exist');
CREATE TEMP TABLE wrong (organization_id integer, manager_id integer, bound_on interval);
SELECT throws_ok($$SELECT import_bindings('wrong')$$, '42846', NULL, 'a column that is no date');
SELECT throws_ok($$SELECT kbnorms.import_rows('kb_import', '{80}', '{1}', '{2010-01-01}', '{t}', '{NULL}')$$, '55000', NULL,
    'what it is built on refuses bound organizations by itself');
CREATE ROLE kb_import_clerk;
GRANT USAGE ON SCHEMA kb_import, kbnorms TO kb_import_clerk;
GRANT ALL ON ALL TABLES IN SCHEMA kb_import TO kb_import_clerk;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kb_import TO kb_import_clerk;
SET ROLE kb_import_clerk;
SELECT throws_ok($$SELECT import_bindings('binding')$$, '42501', 'must be owner of client base "kb_import"', 'only the owner imports');
SELECT throws_ok($$SELECT kbnorms.import_rows('kb_import', '{95}', '{1}', '{2010-01-01}', '{f}', '{NULL}')$$, '42501', NULL, 'by no other door');
SELECT throws_ok($$SELECT kbnorms.release_bindings('kb_import', '2010-07-15', '{1}')$$, '42501', NULL, 'nor does he release');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
