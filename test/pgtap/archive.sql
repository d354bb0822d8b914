-- Dividing tables by month and putting old months of the log away: nothing that
-- rests on a table notices, and what is on record stays as it was.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL kbnorms.today = '2010-07-15';
SELECT plan(41);
CALL kbnorms.create_client_base('kb_archive', memos => false);
SET LOCAL search_path = kb_archive, kbnorms, public, pg_temp;
CREATE SCHEMA kb_archive_ours;

INSERT INTO unit (id, kind, name, city) VALUES (1, 'office', 'A', 'Perm'), (2, 'office', 'B', 'Perm');
INSERT INTO manager (id, full_name, hired_on, novice_since) SELECT g, 'Manager ' || g, '2008-01-01', '2008-01-01' FROM generate_series(1, 2) g;
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) SELECT g, '2008-01-01', 'manager', 'universal', g FROM generate_series(1, 2) g;
INSERT INTO organization (id, name, client_group, potential, city) SELECT g, 'Organization ' || g, 'emo', 'A', 'Perm' FROM generate_series(1, 20) g;
INSERT INTO turnover SELECT g, m, 20000 FROM generate_series(1, 20) g, generate_series(kbnorms.month '2010-03', '2010-07') m;
INSERT INTO activity (manager_id, organization_id, kind, happened_on, outside_office, external_id)
SELECT 1, g, 'meeting', date '2010-04-01' + 5 * g, true, 'crm ' || g FROM generate_series(1, 20) g;
INSERT INTO feed VALUES ('turnover', '2010-07-14'), ('overdue', '2010-07-14'), ('activity', '2010-07-14');
UPDATE client_base SET created_at = '2010-01-01';
-- History as it would have come about, month by month
SET LOCAL session_replication_role = replica;
INSERT INTO binding (organization_id, manager_id, bound_on) SELECT g, 1, '2010-04-05' FROM generate_series(1, 10) g;
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change, changed_at)
SELECT g, 1, date '2010-04-05', NULL::date, false, 'bind'::kbnorms.change_kind, timestamptz '2010-04-05 12:00+03' FROM generate_series(1, 12) g
UNION ALL SELECT g, 1, '2010-04-05', date '2010-05-20', false, 'unbind', '2010-05-20 12:00+03' FROM generate_series(11, 12) g;
UPDATE organization SET head_id = 1 WHERE id = 13;
INSERT INTO binding_log (organization_id, head_id, change, changed_at) VALUES (13, 1, 'link', '2010-05-31 22:30+00'); -- June in Moscow
SET LOCAL session_replication_role = origin;

CREATE VIEW our_view AS SELECT month, sum(amount) FROM turnover GROUP BY 1;
CREATE VIEW kb_archive_ours.history WITH (security_barrier = true) AS SELECT * FROM binding_log WHERE unbound_on IS NOT NULL;
CREATE FUNCTION our_function() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM activity; END;
CREATE INDEX our_index ON turnover (amount);
CREATE ROLE kb_archive_bi;
GRANT SELECT ON turnover TO kb_archive_bi;
GRANT SELECT (organization_id) ON binding_log TO kb_archive_bi;

CREATE TEMP TABLE before AS SELECT c.* FROM generate_series(kbnorms.month '2010-04', '2010-07') m, compliance(m) c;
CREATE TEMP TABLE held AS SELECT * FROM holding;
SELECT isnt_empty('SELECT FROM before WHERE measure = $$base_size$$ AND actual = 12', 'twelve accounts were held in April');

-- By month
CREATE POLICY ours ON turnover USING (true);
SELECT throws_ok($$SELECT partition_by_month('turnover')$$, '55000', NULL, 'what would be lost stands in the way');
DROP POLICY ours ON turnover;
CREATE TABLE kb_archive_ours.fired (level text);
CREATE FUNCTION our_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO kb_archive_ours.fired VALUES (TG_LEVEL); RETURN NULL; END';
CREATE TRIGGER our_trigger AFTER INSERT ON activity FOR EACH STATEMENT EXECUTE FUNCTION our_trigger();
CREATE TRIGGER our_row_trigger AFTER INSERT ON activity FOR EACH ROW EXECUTE FUNCTION our_trigger();
ALTER TABLE activity ENABLE ALWAYS TRIGGER our_trigger;
SELECT throws_ok($$SELECT partition_by_month('binding')$$, '22023', NULL, 'only what grows is divided');
SELECT throws_ok($$SELECT archive_log('2010-05', 'kb_archive_ours')$$, '42809', NULL, 'what is not divided is not put away');
SELECT is(partition_by_month('binding_log'), 9::bigint, 'the log from April to September, and by the clock of the server');
SELECT is(partition_by_month('turnover'), 7::bigint, 'turnover from March to September');
SET LOCAL TimeZone = 'Asia/Vladivostok';
SELECT is(partition_by_month('activity'), 6::bigint, 'activity from April to September');
SELECT is(current_setting('TimeZone'), 'Asia/Vladivostok', 'the session keeps its time zone');
SELECT is_empty('SELECT FROM kb_archive_ours.fired', 'for no trigger of the company are the rows new');
INSERT INTO activity (manager_id, organization_id, kind, happened_on) VALUES (1, 1, 'cold_call', '2010-07-15');
SELECT set_eq('SELECT level FROM kb_archive_ours.fired', ARRAY['ROW', 'STATEMENT'], 'others are');
DELETE FROM activity WHERE happened_on = '2010-07-15';
RESET TimeZone;
SELECT throws_ok($$SELECT partition_by_month('turnover')$$, '42809', NULL, 'once is enough');
SELECT results_eq($$SELECT tableoid::regclass::text, count(*) FROM binding_log GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('binding_log_2010_04', 12::bigint), ('binding_log_2010_05', 2), ('binding_log_2010_06', 1)$$, 'each row is in its month, by the company''s clock');
SELECT set_eq('SELECT c.* FROM generate_series(kbnorms.month $$2010-04$$, $$2010-07$$) m, compliance(m) c', 'SELECT * FROM before', 'reports say the same');
SELECT set_eq('SELECT * FROM holding', 'SELECT * FROM held', 'and so does the history');
SELECT is((SELECT count(*) FROM our_view), 5::bigint, 'the company''s views too');
SELECT is((SELECT count(*) FROM kb_archive_ours.history), 2::bigint, 'wherever they are');
SELECT is((SELECT reloptions::text FROM pg_class WHERE oid = 'kb_archive_ours.history'::regclass), '{security_barrier=true}', 'as they were');
SELECT is(our_function(), 20::bigint, 'and functions');
SELECT is_empty($$SELECT relname FROM pg_class WHERE relname LIKE '%\_whole'$$, 'of the undivided tables nothing is left');
SELECT ok(has_table_privilege('kb_archive_bi', 'turnover', 'SELECT') AND has_column_privilege('kb_archive_bi', 'binding_log', 'organization_id', 'SELECT')
    AND NOT has_table_privilege('kb_archive_bi', 'binding_log', 'SELECT'), 'grants are kept');
SELECT results_eq($$SELECT count(*), min(tgenabled::text), max(tgenabled::text) FROM pg_trigger WHERE tgname = 'our_trigger'$$, $$VALUES (7::bigint, 'A', 'A')$$, 'triggers are kept, as they are enabled');
SELECT lives_ok($$SELECT partition_by_month('change_log')$$, 'the log of changes is divided as well');
SELECT has_index('turnover', 'our_index', 'indexes are kept');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c WHERE c.relname IN ('binding_log', 'turnover', 'activity') AND c.relnamespace = 'kb_archive'::regnamespace
        AND (obj_description(c.oid) IS NULL OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL))$$,
    'everything still says what it is');
SELECT throws_ok('DELETE FROM binding_log_2010_04', NULL, NULL, 'no row is deleted, not in its partition either');
SELECT lives_ok('INSERT INTO binding (organization_id, manager_id) VALUES (15, 2)', 'binding goes on');
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id = 15 AND id > 15), 1::bigint, 'and is logged, by the next number');
CREATE TEMP TABLE sent AS SELECT 1 AS organization_id, '2010-07' AS month, 10 AS amount;
SELECT is((SELECT imported FROM load_turnover('sent')), 1::bigint, 'and loads go on');
SELECT is(seal_log(), 2::bigint, 'its months are sealed');
SELECT results_eq('SELECT DISTINCT check_name, message FROM verify()', 'SELECT NULL::text, NULL::text WHERE false', 'every promise is kept');

-- Away
SELECT throws_ok($$SELECT archive_log('2010-07', 'kb_archive_ours')$$, '22023', NULL, 'not the running month');
SELECT throws_ok($$SELECT archive_log('2010-05', 'kb_archive_ours')$$, '55000', 'month 2010-04 is not on record', 'not what is not on record');
SELECT close_month('2010-04'), close_month('2010-05');
SELECT results_eq($$SELECT partition_name, through::text, log_rows FROM archive_log('2010-05', 'kb_archive_ours')$$,
    $$VALUES ('kb_archive_ours.binding_log_2010_04', '2010-05', 12::bigint), ('kb_archive_ours.binding_log_2010_05', '2010-05', 2)$$, 'two months are put away');
SELECT results_eq('SELECT organization_id FROM binding_log WHERE changed_at < $$2010-06-01$$ AND change = $$bind$$ ORDER BY 1', 'SELECT * FROM generate_series(1, 10)',
    'the log says still what is bound');
SELECT set_eq($$SELECT c.* FROM generate_series(kbnorms.month '2010-04', '2010-07') m, compliance(m) c WHERE c.measure = 'base_size'$$,
    $$SELECT * FROM before WHERE measure = 'base_size' AND (month, manager_id) <> ('2010-07-01', 2)
      UNION ALL SELECT (c).* FROM compliance('2010-07') c WHERE c.measure = 'base_size' AND c.manager_id = 2$$, 'past months are as they were');
SELECT close_month('2010-06');
SELECT results_eq($$SELECT partition_name, log_rows FROM archive_log('2010-06', 'kb_archive_ours')$$,
    $$VALUES ('kb_archive_ours.binding_log_2010_06', 1::bigint), ('kb_archive_ours.binding_log_kept_2010_05', 10)$$, 'a month more');
SELECT is_empty($$SELECT FROM archive_log('2010-06', 'kb_archive_ours')$$, 'what is away is not put away again');
SELECT is_empty($$SELECT FROM archive_log('2010-05', 'kb_archive_ours')$$, 'nor a month before it');
SELECT results_eq('SELECT count(*) FROM binding_log WHERE changed_at < $$2010-07-01$$', 'VALUES (11::bigint)', 'what holds is carried on, links too');
SELECT throws_ok('DELETE FROM kb_archive_ours.binding_log_2010_04', NULL, NULL, 'what was put away is kept until the table is dropped');
-- A memo whose changes were put away
INSERT INTO memo (id, reason, state) VALUES (1, 'a reason', 'applied');
SET LOCAL session_replication_role = replica;
INSERT INTO memo_item (memo_id, item_no, change, organization_id, to_manager_id, used_at) VALUES (1, 1, 'bind', 11, 1, '2010-04-05 12:00+03');
SET LOCAL session_replication_role = origin;
SELECT results_eq('SELECT DISTINCT check_name, message FROM verify()', 'SELECT NULL::text, NULL::text WHERE false', 'every promise is kept still');
SELECT * FROM finish();
ROLLBACK;
