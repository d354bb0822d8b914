-- The first load of every kind: what goes in, what is there, what is rejected,
-- in a base that asks for memos.
BEGIN;
SET client_min_messages = error;
CALL kbnorms.create_client_base('kb_first');
SET LOCAL search_path = kb_first, public, pg_temp;
SET LOCAL kbnorms.today = '2010-07-15';
SELECT plan(62);

-- The counts of a load as text.
CREATE FUNCTION pg_temp.counts(r import_result) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s read, %s in, %s there, %s rejected', r.read, r.imported, r.present, r.rejected)
$$;
-- What import_reject says of a kind.
CREATE FUNCTION pg_temp.rejects(kind text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.row_no, r.column_name, coalesce('"' || r.value || '"', 'NULL')) || ': ' || r.reason
    FROM import_reject r WHERE r.kind = rejects.kind ORDER BY r.row_no
$$;

-- Units, in any order.
CREATE TEMP TABLE units (path text, kind text, city text);
INSERT INTO units VALUES
    ('Centre/Ural/Perm cluster/Perm', 'ОП', 'Perm'), ('Centre', 'centre', NULL), ('Centre/Ural', 'РЦ', NULL),
    ('Centre/Ural/Perm cluster', 'куст', NULL), ('Centre/Volga', 'region', NULL), ('Centre/Volga/Perm', 'office', 'Kazan'),
    ('Centre/Don/Rostov', 'office', NULL), ('Centre/Volga/X', 'shop', NULL), ('Centre//Y', 'office', NULL), ('', 'office', NULL),
    ('Centre/Volga/Twice', 'office', 'A'), ('Centre/Volga/Twice', 'office', 'B'), ('Centre/Volga/Twice/Below', 'office', NULL),
    ('Centre/Volga', 'РЦ', NULL);
SELECT is(pg_temp.counts(import_units('units')), '14 read, 6 in, 1 there, 7 rejected', 'units go in');
SELECT set_eq('SELECT p.name AS above, u.kind::text, u.name, u.city FROM unit u LEFT JOIN unit p ON p.id = u.parent_id',
    $$VALUES (NULL, 'centre', 'Centre', NULL), ('Centre', 'region', 'Ural', NULL), ('Ural', 'cluster', 'Perm cluster', NULL),
        ('Perm cluster', 'office', 'Perm', 'Perm'), ('Centre', 'region', 'Volga', NULL), ('Volga', 'office', 'Perm', 'Kazan')$$, 'as a tree');
SELECT results_eq($$SELECT pg_temp.rejects('units')$$, ARRAY[
    '7 path "Centre/Don/Rostov": unit "Centre/Don" is not known', '8 kind "shop": kind "shop" is no kind of unit',
    '9 path "Centre//Y": path Centre//Y has an empty name in it', '10 path NULL: path or name is missing',
    '11 path "Centre/Volga/Twice": another row says something else of Centre/Volga/Twice',
    '12 path "Centre/Volga/Twice": another row says something else of Centre/Volga/Twice',
    '13 path "Centre/Volga/Twice/Below": unit "Centre/Volga/Twice" is not known'], 'what is unsound is not, nor what is below it');
SELECT is(pg_temp.counts(import_units('units')), '14 read, 0 in, 7 there, 7 rejected', 'again nothing changes');
UPDATE units SET city = 'Ufa' WHERE path = 'Centre/Volga/Perm';
SELECT is(pg_temp.counts(import_units('units')), '14 read, 0 in, 6 there, 8 rejected', 'what is there is not changed');
SELECT is((SELECT x FROM pg_temp.rejects('units') x WHERE x ~ 'city'), '14 city "Ufa": Centre/Volga/Perm is there already, and says something else', 'but rejected');
DROP TABLE units;
CREATE TEMP TABLE units (name text, parent text, kind text);
INSERT INTO units VALUES ('Kazan', 'Volga', 'office'), ('Ufa', 'Bashkiria', 'office'), ('Bashkiria', 'Ural', 'cluster'), ('Lost', 'Loop', 'office'),
    ('Loop', 'Lost', 'office'), ('Below', 'Perm', 'office'), ('Top', NULL, 'centre'), ('A/B', NULL, 'office');
SELECT is(pg_temp.counts(import_units('units')), '8 read, 4 in, 0 there, 4 rejected', 'by name and parent too');
SELECT set_eq('SELECT name FROM unit_names() WHERE at_top AND name ~ ''Kazan|Ufa|Bashkiria|Top''',
    ARRAY['Centre/Volga/Kazan', 'Centre/Ural/Bashkiria', 'Centre/Ural/Bashkiria/Ufa', 'Top'], 'below what is there and below each other');
SELECT results_eq($$SELECT pg_temp.rejects('units')$$, ARRAY['4 parent "Loop": unit "Loop" is not known', '5 parent "Lost": unit "Lost" is not known',
    '6 parent "Perm": unit "Perm" is not known', '8 name "A/B": name "A/B" has a slash in it'], 'a loop hangs nowhere, and a name of two units is none');
INSERT INTO unit (kind, name) VALUES ('office', 'By hand');
SELECT is((SELECT id FROM unit WHERE name = 'By hand'), (SELECT count(*)::integer FROM unit), 'the sequence stands right');

-- Territories.
CREATE TEMP TABLE territories (name text, unit text);
INSERT INTO territories VALUES ('North', 'Centre/Ural/Perm cluster/Perm'), ('North', 'Kazan'), ('South', 'Kazan'), ('East', 'Perm'), ('West', 'Nowhere'), (NULL, 'Kazan'), ('Free', NULL), ('South', 'Kazan');
SELECT is(pg_temp.counts(import_territories('territories')), '8 read, 4 in, 1 there, 3 rejected', 'territories go in');
SELECT results_eq($$SELECT pg_temp.rejects('territories')$$, ARRAY['4 unit "Perm": several units are called "Perm"; give its path',
    '5 unit "Nowhere": unit "Nowhere" is not known', '6 name NULL: name is missing'], 'unless they are unsound');
SELECT is(pg_temp.counts(import_territories('territories')), '8 read, 0 in, 5 there, 3 rejected', 'again nothing changes');

-- People, one with a number of his own.
CREATE TEMP TABLE managers (id text, personnel_no text, full_name text, hired_on text, novice_since text, left_on text);
INSERT INTO managers VALUES (NULL, '0101', 'Ivanova', '01.02.2009', '01.03.2009', NULL), ('500', '0102', 'Petrov', '2009-01-01', NULL, '2010-06-01'),
    (NULL, '0103', 'Sidorov', '2009-01-01', NULL, '2008-06-01'), ('500', '0104', 'Twin', '2009-01-01', NULL, NULL), ('x', '0105', 'No number', '2009-01-01', NULL, NULL),
    (NULL, '0106', NULL, '2009-01-01', NULL, NULL), (NULL, NULL, 'Nobody', '2009-01-01', NULL, NULL), (NULL, '0107', 'Never', '30.02.2009', NULL, NULL),
    (NULL, '0108', 'Lead', '2009-01-01', '2009-01-01', NULL), ('600', NULL, 'Numbered', '2009-01-01', '2009-01-01', NULL), (NULL, '0101', 'Ivanova', '2009-02-01', '2009-03-01', NULL);
SELECT is(pg_temp.counts(import_managers('managers')), '11 read, 3 in, 1 there, 7 rejected', 'people go in');
SELECT results_eq($$SELECT pg_temp.rejects('managers')$$, ARRAY['2 id "500": another row has the same id, 500', '3 left_on "2008-06-01": left_on 2008-06-01 is before hired_on 2009-01-01',
    '4 id "500": another row has the same id, 500', '5 id "x": id "x" is not a number', '6 full_name NULL: full_name is missing',
    '7 personnel_no NULL: personnel_no or id is missing', '8 hired_on "30.02.2009": hired_on "30.02.2009" is not a date'], 'unless they are unsound');
SELECT set_eq('SELECT id, personnel_no, hired_on, novice_since FROM manager', $$VALUES (601, '0101', date '2009-02-01', date '2009-03-01'),
    (602, '0108', '2009-01-01', '2009-01-01'), (600, NULL, '2009-01-01', '2009-01-01')$$, 'with numbers that are free');
SELECT is(pg_temp.counts(import_managers('managers')), '11 read, 0 in, 4 there, 7 rejected', 'again nothing changes');
INSERT INTO manager (full_name, hired_on) VALUES ('By hand', '2009-01-01');
SELECT is((SELECT id FROM manager WHERE full_name = 'By hand'), 603, 'the sequence stands right');
UPDATE managers SET novice_since = '2009-04-01' WHERE full_name = 'Ivanova';
SELECT is((import_managers('managers')).rejected, 9::bigint, 'who is there is not changed');

-- Posts, by the words of the company.
CREATE TEMP TABLE posts (personnel_no text, since date, position text, specialization text, unit text, lead_personnel_no text);
INSERT INTO posts VALUES ('0101', '2009-02-01', 'МОПП', 'МРПП', 'Perm cluster/Perm', '0108'), ('0108', '2009-01-01', 'group lead', 'universal', 'Kazan', NULL),
    ('0101', '2010-01-01', 'captain', NULL, 'Kazan', NULL), ('0101', '2010-02-01', 'manager', 'jack', 'Kazan', NULL), ('0101', '2010-03-01', 'manager', NULL, 'Perm', NULL),
    ('0101', '2010-04-01', 'manager', NULL, 'Kazan', '0999'), ('0101', '2010-05-01', 'manager', NULL, 'Kazan', '0101'), ('0999', '2010-05-01', 'manager', NULL, 'Kazan', NULL),
    ('0101', NULL, 'manager', NULL, 'Kazan', NULL), ('0101', '2010-06-01', 'manager', NULL, 'Nowhere', NULL);
SELECT is(pg_temp.counts(import_posts('posts')), '10 read, 2 in, 0 there, 8 rejected', 'posts go in');
SELECT set_eq('SELECT manager_id, since, position, specialization, unit_id, lead_id FROM manager_post',
    $$VALUES (601, date '2009-02-01', 'manager', 'industrial', (SELECT id FROM unit WHERE city = 'Perm'), 602),
        (602, '2009-01-01', 'group_lead', 'universal', (SELECT id FROM unit WHERE name = 'Kazan'), NULL)$$, 'by abbreviations and names');
SELECT results_eq($$SELECT pg_temp.rejects('posts')$$, ARRAY['3 position "captain": position "captain" is not known', '4 specialization "jack": specialization "jack" is not known',
    '5 unit "Perm": several units are called "Perm"; give its path', '6 lead_personnel_no "0999": manager 0999 is not known', '7 lead_personnel_no "0101": nobody leads himself',
    '8 personnel_no "0999": manager 0999 is not known', '9 since NULL: since is missing', '10 unit "Nowhere": unit "Nowhere" is not known'], 'unless they are unsound');
SELECT is(pg_temp.counts(import_posts('posts')), '10 read, 0 in, 2 there, 8 rejected', 'again nothing changes');
CREATE TEMP TABLE other_posts AS
SELECT p.* FROM (VALUES ('0101', date '2009-02-01', 'МОПП', 'МРПП', 'Kazan', '0108'), ('0108', '2010-07-01', 'МОПП', 'МРПП', 'Kazan', NULL),
    ('0108', '2010-07-01', 'МОПП', 'МРД', 'Kazan', NULL)) AS p(personnel_no, since, position, specialization, unit, lead_personnel_no);
SELECT import_posts('other_posts');
SELECT results_eq($$SELECT column_name, value, row_values::jsonb ->> 'since', row_values::jsonb ->> 'unit' FROM import_reject WHERE source LIKE '%other_posts' ORDER BY row_no$$,
    $$VALUES ('unit', 'Kazan', '2009-02-01', 'Kazan'), ('since', '2010-07-01', '2010-07-01', 'Kazan'), ('since', '2010-07-01', '2010-07-01', 'Kazan')$$,
    'what contradicts is told by the values of the source');

-- Whose a territory is.
CREATE TEMP TABLE manager_territories (personnel_no text, territory text, since text, until text);
INSERT INTO manager_territories VALUES ('0101', 'Kazan/North', '2009-02-01', NULL), ('0101', 'South', '2009-02-01', '2010-02-01'), ('0101', 'North', '2009-02-01', NULL),
    ('0101', 'Moon', '2009-02-01', NULL), ('0101', 'South', '2010-02-01', '2010-02-01');
SELECT is(pg_temp.counts(import_manager_territories('manager_territories')), '5 read, 2 in, 0 there, 3 rejected', 'territories of people go in');
SELECT results_eq($$SELECT pg_temp.rejects('manager_territories')$$, ARRAY['3 territory "North": several territories are called "North"; give its unit before it: unit/territory',
    '4 territory "Moon": territory "Moon" is not known', '5 until "2010-02-01": until 2010-02-01 is not after since 2010-02-01'], 'unless they are unsound');
SELECT is(pg_temp.counts(import_manager_territories('manager_territories')), '5 read, 0 in, 2 there, 3 rejected', 'again nothing changes');

-- Organizations with their links, which ask for no memo here.
CREATE TEMP TABLE organizations (id text, inn text, name text, head_inn text, client_group text, potential text, city text, territory text);
INSERT INTO organizations VALUES
    (NULL, '7707083893', 'Branch', '500100732259', 'ЭМО', 'a', 'Perm', 'South'), (NULL, '500100732259', 'Head', NULL, 'Щитовики', 'S', NULL, NULL),
    (NULL, '7736050003', 'Chained', '7707083893', NULL, NULL, NULL, NULL), (NULL, '7740000076', 'Narcissus', '7740000076', NULL, NULL, NULL, NULL),
    (NULL, '7702070139', 'Loop 1', '7710140679', NULL, NULL, NULL, NULL), (NULL, '7710140679', 'Loop 2', '7702070139', NULL, NULL, NULL, NULL),
    (NULL, '7728168971', 'Orphan', '7744001497', NULL, NULL, NULL, NULL), (NULL, '7707083894', 'Bad digit', NULL, NULL, NULL, NULL, NULL),
    (NULL, '7744000912', 'Bad group', NULL, 'Bakers', NULL, NULL, NULL), (NULL, '7744000302', 'Bad potential', NULL, NULL, 'Z', NULL, NULL),
    ('700', NULL, 'Without a number', NULL, NULL, NULL, NULL, 'North'), ('701', NULL, 'Numbered', '500100732259', NULL, NULL, NULL, NULL);
SELECT is(pg_temp.counts(import_organizations('organizations')), '12 read, 3 in, 0 there, 9 rejected', 'organizations go in');
SELECT set_eq('SELECT o.id, o.inn::text, h.name AS head, o.client_group, o.potential, o.city, t.name FROM organization o LEFT JOIN organization h ON h.id = o.head_id LEFT JOIN territory t ON t.id = o.territory_id',
    $$VALUES (702, '7707083893', 'Head', 'emo', 'A', 'Perm', 'South'), (703, '500100732259', NULL, 'panel_builder', 'S', NULL, NULL), (701, NULL, 'Head', NULL, NULL, NULL, NULL)$$, 'with all that is said of them');
SELECT results_eq($$SELECT pg_temp.rejects('organizations')$$, ARRAY['3 head_inn "7707083893": organization 7707083893 is itself linked, and can be no head',
    '4 head_inn "7740000076": an organization is not linked to itself', '5 head_inn "7710140679": organization 7710140679 is itself linked, and can be no head',
    '6 head_inn "7702070139": organization 7702070139 is itself linked, and can be no head', '7 head_inn "7744001497": organization 7744001497 is not known',
    '8 inn "7707083894": inn "7707083894" is not a taxpayer number', '9 client_group "Bakers": client group "Bakers" is not known',
    '10 potential "Z": potential "Z" is not known',
    '11 territory "North": several territories are called "North"; give its unit before it: unit/territory'], 'chains, loops and strangers are rejected');
SELECT set_eq('SELECT organization_id, head_id, change::text, reason FROM binding_log', $$VALUES (702, 703, 'link', 'import'), (701, 703, 'link', 'import')$$, 'links are logged');
SELECT is(pg_temp.counts(import_organizations('organizations')), '12 read, 0 in, 3 there, 9 rejected', 'again nothing changes');
SELECT is((SELECT count(*) FROM binding_log), 2::bigint, 'and nothing is logged');
SELECT throws_ok($$INSERT INTO organization (name, head_id) VALUES ('Later', 703)$$, '23514', NULL, 'a link by hand asks for a memo');
INSERT INTO organization (name) VALUES ('By hand');
SELECT cmp_ok((SELECT id FROM organization WHERE name = 'By hand'), '>', 703, 'the sequence stands right');
DELETE FROM organization WHERE name = 'By hand';
UPDATE organizations SET head_inn = NULL WHERE inn = '7707083893';
SELECT is(pg_temp.counts(import_organizations('organizations')), '12 read, 0 in, 2 there, 10 rejected', 'a link that is there is not undone');
SELECT is((SELECT x FROM pg_temp.rejects('organizations') x WHERE x ~ 'NULL'), '12 head_inn NULL: 7707083893 is there already, and says something else', 'but rejected');
INSERT INTO organizations VALUES (NULL, '7740000076', 'Second branch', '500100732259'), (NULL, '7744001497', 'Below a branch', '7707083893');
DELETE FROM organizations WHERE name = 'Narcissus';
SELECT is(pg_temp.counts(import_organizations('organizations')), '13 read, 1 in, 2 there, 10 rejected', 'a head that is there takes another, a linked one none');

-- Bindings over the norm, and what becomes of them.
CREATE TEMP TABLE bindings (organization_id integer, personnel_no text, bound_on date);
INSERT INTO organization (id, name, client_group, potential) SELECT g, 'Client ' || g, 'industrial', 'A' FROM generate_series(1001, 1070) g;
INSERT INTO bindings SELECT g, '0101', '2010-01-01' FROM generate_series(1001, 1065) g;
SELECT is(pg_temp.counts(import_bindings('bindings')), '65 read, 65 in, 0 there, 0 rejected', 'more than the norm goes in');
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
SELECT results_eq($$SELECT manager_id, rule, actual, held_since_before FROM violation WHERE rule = 'base_size' AND manager_id = 601$$,
    $$VALUES (601, 'base_size', 65::numeric, true)$$, 'it is in violation, as held since before');
SELECT throws_ok($$INSERT INTO binding (organization_id, manager_id) VALUES (1066, 601)$$, '23514', NULL, 'it may not grow');
SELECT lives_ok($$DELETE FROM binding WHERE organization_id = 1001$$, 'it may shrink');
SELECT throws_ok($$INSERT INTO binding (organization_id, manager_id) VALUES (1066, 601)$$, '23514', NULL, 'and then not grow');
SELECT lives_ok($$UPDATE binding SET organization_id = 1066 WHERE organization_id = 1002$$, 'it may swap');
SELECT is((SELECT held_since_before FROM violation WHERE rule = 'base_size' AND manager_id = 601), true, 'and is held since before still');
SELECT is(pg_temp.counts(import_bindings('bindings')), '65 read, 2 in, 63 there, 0 rejected', 'an import is for what nobody holds');

-- Who held what before.
CREATE TEMP TABLE history (organization_id integer, personnel_no text, held_from text, held_until text, additional text);
INSERT INTO history VALUES
    (1010, '0108', '2009-01-01', '2009-06-01', NULL), (1010, '0108', '2009-06-01', '01.01.2010', 'no'), (1010, '0101', '2009-03-01', '2009-04-01', 'yes'),
    (1010, '0108', '2009-01-01', '2009-06-01', 'false'),
    (1011, '0108', '2009-01-01', '2010-01-02', NULL), (1012, '0108', '2009-01-01', '2009-01-01', NULL), (1012, '0108', '2009-01-01', '2010-07-16', NULL),
    (1013, '0108', '2009-01-01', '2009-06-01', NULL), (1013, '0101', '2009-05-01', '2009-07-01', NULL), (1013, '0108', '2009-08-01', '2009-09-01', NULL),
    (1014, '0108', '2009-01-01', '2009-06-01', 'yes'), (1014, '0108', '2009-05-01', '2009-07-01', NULL), (1070, '0999', '2009-01-01', '2009-02-01', NULL);
SELECT is(pg_temp.counts(import_history('history')), '13 read, 4 in, 1 there, 8 rejected', 'history goes in');
SELECT results_eq($$SELECT pg_temp.rejects('history')$$, ARRAY[
    '5 held_from "2009-01-01": the base says something else of who held the organization from 2009-01-01 to 2010-01-02',
    '6 held_until "2009-01-01": held_until 2009-01-01 is not after held_from 2009-01-01', '7 held_until "2010-07-16": held_until 2010-07-16 lies in the future',
    '8 held_from "2009-01-01": another row names another main manager of this organization', '9 held_from "2009-05-01": another row names another main manager of this organization',
    '11 held_from "2009-01-01": another row of this organization and manager overlaps with it', '12 held_from "2009-05-01": another row of this organization and manager overlaps with it',
    '13 personnel_no "0999": manager 0999 is not known'], 'unless it contradicts itself or the base');
SELECT set_eq('SELECT manager_id, held_from, held_until, additional FROM holding WHERE organization_id = 1010',
    $$VALUES (601, date '2010-01-01', NULL::date, false), (602, '2009-01-01', '2009-06-01', false), (602, '2009-06-01', '2010-01-01', false), (601, '2009-03-01', '2009-04-01', true)$$, 'holding shows it');
SELECT is((SELECT count(*) FROM base_at('2009-03-15') WHERE organization_id = 1010), 2::bigint, 'and past months are judged by it');
SELECT is(pg_temp.counts(import_history('history')), '13 read, 0 in, 5 there, 8 rejected', 'again nothing changes');
INSERT INTO history VALUES (1010, '0101', '2008-12-31', '2009-01-02', NULL);
SELECT is((SELECT pg_temp.counts(import_history('history'))), '14 read, 0 in, 5 there, 9 rejected', 'nor does what contradicts the history');

-- Everything in one call.
CREATE SCHEMA kb_first_staging;
SELECT throws_ok($$SELECT import_company('kb_first_staging')$$, '42P01', 'schema "kb_first_staging" has no table or view to import', 'an empty schema is none');
SELECT throws_ok($$SELECT import_company(NULL)$$, '22004', NULL, 'no schema is none either');
CREATE TABLE kb_first_staging.units AS SELECT 'Siberia' AS path, 'region' AS kind;
CREATE TABLE kb_first_staging.managers AS SELECT 'S1' AS personnel_no, 'Siberian' AS full_name, date '2009-01-01' AS hired_on;
CREATE TABLE kb_first_staging.posts AS SELECT 'S1' AS personnel_no, date '2009-01-01' AS since, 'manager' AS position, 'universal' AS specialization, 'Siberia' AS unit;
CREATE VIEW kb_first_staging.organizations AS SELECT '7744000302' AS inn, 'Siberian client' AS name;
CREATE TABLE kb_first_staging.bindings AS SELECT 'S1' AS personnel_no, '7744000302' AS inn, date '2009-05-01' AS bound_on;
CREATE TABLE kb_first_staging.turnover AS SELECT '7744000302' AS inn, '2010-06' AS month, '1,5' AS amount;
CREATE TABLE kb_first_staging.unrelated AS SELECT 1 AS id;
SELECT set_eq($$SELECT kind, source, read, imported, present, rejected FROM import_company('kb_first_staging', '2010-07-14')$$,
    $$VALUES ('units', 'kb_first_staging.units', 1::bigint, 1::bigint, 0::bigint, 0::bigint), ('managers', 'kb_first_staging.managers', 1, 1, 0, 0), ('posts', 'kb_first_staging.posts', 1, 1, 0, 0),
        ('organizations', 'kb_first_staging.organizations', 1, 1, 0, 0), ('bindings', 'kb_first_staging.bindings', 1, 1, 0, 0), ('turnover', 'kb_first_staging.turnover', 1, 1, 0, 0)$$, 'what is there is loaded in order');
SELECT is((SELECT loaded_through FROM feed WHERE name = 'turnover'), date '2010-07-14', 'with its feed');
SELECT is((SELECT sum(imported) || ' ' || sum(present) FROM import_company('kb_first_staging')), '0 6', 'again nothing changes');

-- Only the owner.
CREATE ROLE kb_first_clerk;
GRANT USAGE ON SCHEMA kb_first, kbnorms TO kb_first_clerk;
GRANT ALL ON ALL TABLES IN SCHEMA kb_first TO kb_first_clerk;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kb_first TO kb_first_clerk;
GRANT SELECT ON units, organizations, history TO kb_first_clerk;
SET LOCAL ROLE kb_first_clerk;
SELECT throws_ok($$SELECT import_units('units')$$, '42501', 'must be owner of client base "kb_first"', 'only the owner imports units');
SELECT throws_ok($$SELECT import_organizations('organizations')$$, '42501', NULL, 'and organizations');
SELECT throws_ok($$SELECT import_history('history')$$, '42501', NULL, 'and history');
SELECT throws_ok($$SELECT import_company('kb_first_staging')$$, '42501', NULL, 'and a company');
SELECT throws_ok($$SELECT kbnorms.import_organization_rows('kb_first', '{5000}', '{NULL}', '{Sly}', '{703}', '{NULL}', '{NULL}', '{NULL}', '{NULL}')$$, '42501', NULL, 'by no other door');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
