-- Moving and closing a unit: the preview changes nothing, names all that
-- differs, and what it said comes true.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL kbnorms.today = '2010-07-15';
SELECT plan(25);
CALL kbnorms.create_client_base('kb_units');
SET LOCAL search_path = kb_units, public, pg_temp;

INSERT INTO unit (id, parent_id, kind, name, city) VALUES
    (1, NULL, 'centre', 'Centre', 'Moscow'), (2, 1, 'region', 'Urals', NULL), (3, 1, 'region', 'Volga', NULL),
    (20, 2, 'cluster', 'Perm', 'Perm'), (30, 3, 'cluster', 'Kazan', 'Kazan'),
    (200, 20, 'office', 'Perm North', NULL), (300, 30, 'office', 'Kazan 1', NULL);
INSERT INTO territory (id, unit_id, name) VALUES (1, 200, 'North');
INSERT INTO manager (id, full_name, hired_on, novice_since) SELECT g, 'Manager ' || g, '2008-01-01', '2008-01-01' FROM generate_series(1, 3) g;
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES
    (1, '2008-01-01', 'manager', 'universal', 200), (2, '2008-01-01', 'manager', 'universal', 200), (3, '2008-01-01', 'manager', 'universal', 300);
INSERT INTO organization (id, name, client_group, potential, city)
SELECT g, 'Organization ' || g, 'emo', 'A', CASE WHEN g > 5 THEN 'Kazan' ELSE 'Perm' END FROM generate_series(1, 6) g;
CREATE ROLE kb_units_urals;
CREATE ROLE kb_units_volga;
CREATE ROLE kb_units_office;
SELECT grant_access('kb_units_urals', 'sales_director', 2), grant_access('kb_units_volga', 'sales_director', 3), grant_access('kb_units_office', 'reader', 200);
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO binding (organization_id, manager_id, bound_on, additional, territory_exception) VALUES
    (1, 1, '2010-01-01', false, NULL), (2, 1, '2010-01-01', false, NULL), (6, 3, '2010-01-01', false, NULL), (2, 3, '2010-01-01', true, 'works well');
UPDATE rule SET enforcement = 'block' WHERE code IN ('memo', 'approval', 'applicant');
-- A memo that the Urals have given their word on
GRANT kb_units_urals TO CURRENT_USER;
INSERT INTO memo (reason, author) VALUES ('a reason', 'kb_units_urals');
INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id) VALUES (1, 1, 'move', 1, 1, 2);
UPDATE memo SET state = 'approved' WHERE id = 1;

CREATE FUNCTION pg_temp.everything() RETURNS text LANGUAGE sql AS $$
    SELECT md5(concat((SELECT array_agg(u ORDER BY id) FROM unit u), (SELECT array_agg(p ORDER BY manager_id, since) FROM manager_post p),
        (SELECT array_agg(t ORDER BY id) FROM territory t), (SELECT array_agg(a ORDER BY id) FROM authority a), (SELECT count(*) FROM change_log)))
$$;
CREATE TEMP TABLE before AS SELECT pg_temp.everything();

-- An office goes to another region's cluster, in another city.
CREATE TEMP TABLE said AS SELECT * FROM unit_move_impact(200, 30);
SELECT is(pg_temp.everything(), (SELECT everything FROM before), 'a preview changes nothing');
SELECT results_eq($$SELECT manager_id, detail, before, after FROM said WHERE what = 'place' ORDER BY 1, 2$$,
    $$VALUES (1, 'cluster', 'Perm', 'Kazan'), (1, 'region', 'Urals', 'Volga'), (2, 'cluster', 'Perm', 'Kazan'), (2, 'region', 'Urals', 'Volga')$$,
    'people come under another cluster and region');
SELECT results_eq($$SELECT manager_id, before, after FROM said WHERE what = 'city' ORDER BY 1$$,
    $$VALUES (1, 'Perm', 'Kazan'), (2, 'Perm', 'Kazan')$$, 'their city is another');
SELECT results_eq($$SELECT manager_id, detail, before, after FROM said WHERE what = 'compliance'$$,
    $$VALUES (1, 'territory', 'met 0', 'missed 2')$$, 'whose accounts are outside of it then');
SELECT results_eq($$SELECT unit_id, detail, before, after FROM said WHERE what = 'authority'$$,
    $$VALUES (200, 'sales_director', 'kb_units_urals', 'kb_units_volga')$$, 'another director speaks for the office');
SELECT results_eq($$SELECT memo_id, unit_id, before, after FROM said WHERE what = 'memo_word' ORDER BY 2$$,
    $$VALUES (1::bigint, 2, 'missing', NULL), (1, 3, NULL, 'missing')$$, 'a memo under way needs another word');
SELECT is_empty($$SELECT FROM said WHERE what IN ('holders', 'territory')$$, 'offices and territories stay');
SELECT throws_ok($$SELECT unit_move_impact(2, 200)$$, '22023', NULL, 'a unit does not go below itself');
SELECT throws_ok($$SELECT move_unit(200, 99)$$, '23503', NULL, 'nor under one that is not there');

SELECT lives_ok($$SELECT move_unit(200, 30)$$, 'the office is moved');
SELECT results_eq($$SELECT manager_id, city FROM manager_at('2010-07-15') WHERE manager_id < 3 ORDER BY 1$$, $$VALUES (1, 'Kazan'), (2, 'Kazan')$$, 'as was said');
SELECT is((SELECT verdict || ' ' || trim_scale(actual) FROM compliance WHERE manager_id = 1 AND measure = 'territory'), 'missed 2', 'verdicts too');
SELECT is_empty($$SELECT FROM unit_move_impact(200, 30)$$, 'once more changes nothing');
SELECT isnt_empty($$SELECT FROM change_log WHERE table_name = 'unit' AND column_name = 'parent_id' AND row_key = '200'$$, 'who moved it is on record');

-- Closing it: its people join the other office of the cluster.
CREATE TEMP TABLE closing AS SELECT * FROM unit_close_impact(200, 300);
SELECT set_eq($$SELECT what, unit_id, manager_id, organization_id, detail, before, after FROM closing$$, $$VALUES
    ('place', NULL::integer, 1, NULL::integer, 'office', 'Perm North', 'Kazan 1'), ('place', NULL, 2, NULL, 'office', 'Perm North', 'Kazan 1'),
    ('holders', NULL, 1, 2, 'and manager 3', 'of several offices', 'of one office'),
    ('authority', 200, NULL, NULL, 'reader', 'kb_units_office', NULL),
    ('territory', NULL, NULL, NULL, 'North', 'Perm North', 'Kazan 1')$$, 'closing: where people and territories go, who comes to share an office, what ends');
SELECT throws_ok($$SELECT close_unit(30, 200)$$, '22023', NULL, 'not into what is below it');
SELECT lives_ok($$SELECT close_unit(200, 300)$$, 'the office is closed');
SELECT results_eq($$SELECT manager_id, unit_id, "position", specialization FROM manager_at('2010-07-15') ORDER BY 1$$,
    $$VALUES (1, 300, 'manager', 'universal'), (2, 300, 'manager', 'universal'), (3, 300, 'manager', 'universal')$$, 'its people stand in the other one');
SELECT results_eq($$SELECT unit_id FROM manager_at('2010-07-14') WHERE manager_id = 1$$, 'VALUES (200)', 'yesterday they stood in it');
SELECT results_eq($$SELECT t.unit_id, (SELECT count(*) FROM authority a WHERE a.unit_id = 200 AND (a.until IS NULL OR a.until > '2010-07-15')) FROM territory t$$,
    $$VALUES (300, 0::bigint)$$, 'its territory and authority are provided for');

-- Closing one whose people leave: what is to be handed over, and until when.
SELECT throws_ok($$SELECT unit_close_impact(300)$$, '55000', NULL, 'not while it has a territory');
UPDATE territory SET unit_id = 30;
SELECT results_eq($$SELECT manager_id, detail, before, after FROM unit_close_impact(300) WHERE what = 'rebinding'$$,
    $$VALUES (1, 'left', NULL, '2 accounts until 2010-08-15'), (3, 'left', NULL, '2 accounts until 2010-08-15')$$,
    'without another unit its people leave, and their clients become due');
SELECT lives_ok($$SELECT close_unit(300)$$, 'it is closed');
SELECT results_eq($$SELECT count(*), min(left_on) FROM manager$$, $$VALUES (3::bigint, '2010-07-15'::date)$$, 'they have left');
SET LOCAL ROLE kb_units_urals;
SELECT throws_ok($$SELECT unit_move_impact(2, NULL)$$, '42501', NULL, 'only the owner may');
SELECT * FROM finish();
ROLLBACK;
