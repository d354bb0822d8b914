-- verify(): nothing to say of what went through the triggers, and each planted
-- fault is found by its check and by no other.
BEGIN;
SET client_min_messages = warning;
SET LOCAL kbnorms.today = '2010-07-15';
CALL kbnorms.create_client_base('kb_verify', memos => false);
SET LOCAL search_path = kb_verify, kbnorms, public, pg_temp;
SELECT plan(82);

INSERT INTO unit (id, parent_id, kind, name, city) VALUES
    (1, NULL, 'centre', 'Centre', 'Perm'), (2, 1, 'region', 'Urals', NULL), (3, 1, 'region', 'Volga', NULL),
    (10, 2, 'office', 'Perm', NULL), (11, 2, 'office', 'Kungur', NULL);
INSERT INTO territory (id, unit_id, name) VALUES (1, 10, 'North');
INSERT INTO manager (id, personnel_no, full_name, hired_on, novice_since)
SELECT g, 'T' || g, 'Manager ' || g, '2008-01-01', '2008-02-01' FROM generate_series(1, 4) g;
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id)
SELECT g, '2008-01-01', 'manager', 'universal', 10 + g % 2 FROM generate_series(1, 4) g;
INSERT INTO organization (id, name, client_group, potential, city)
SELECT g, 'Organization ' || g, 'emo', 'A', 'Perm' FROM generate_series(1, 60) g;

-- What is wrong, as the check and the key of each row.
CREATE FUNCTION pg_temp.found() RETURNS text
LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat(check_name, ' ', row_key,
        CASE WHEN message ~ '\S' AND what_to_do ~ '\S' AND severity IN ('error', 'warning') THEN '' ELSE ' without words' END),
        '; ' ORDER BY check_name, row_key), '')
    FROM verify()
$$;
-- The same after statements that go past the triggers, which are then undone.
CREATE FUNCTION pg_temp.after(statements text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL session_replication_role = replica;
    EXECUTE statements;
    SET LOCAL session_replication_role = origin;
    RAISE SQLSTATE 'KB000' USING MESSAGE = coalesce(nullif(pg_temp.found(), ''), 'nothing');
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN SQLERRM;
END
$$;

SELECT is(pg_temp.found(), '', 'a fresh base is sound');

-- Everything that goes through the triggers.
INSERT INTO binding (organization_id, manager_id) SELECT g, 1 FROM generate_series(1, 20) g;
INSERT INTO binding (organization_id, manager_id, bound_on) SELECT g, 2, '2010-03-01' FROM generate_series(21, 30) g;
UPDATE binding SET manager_id = 2 WHERE organization_id IN (1, 2);
UPDATE binding SET manager_id = 1 WHERE organization_id = 2;
UPDATE binding SET bound_on = '2010-05-01', territory_exception = ' ' WHERE organization_id = 3;
UPDATE binding SET territory_exception = NULL WHERE organization_id = 3;
UPDATE binding SET organization_id = 31 WHERE organization_id = 4;
DELETE FROM binding WHERE organization_id IN (5, 6, 7);
INSERT INTO binding (organization_id, manager_id) VALUES (5, 1), (6, 2);
WITH ended AS (DELETE FROM binding WHERE organization_id = 8 RETURNING *)
INSERT INTO binding (organization_id, manager_id, bound_on) SELECT organization_id, manager_id, '2010-06-01' FROM ended;
MERGE INTO binding b USING (VALUES (9, 'end'), (10, 'move'), (32, 'new')) s(id, what) ON b.organization_id = s.id
WHEN MATCHED AND s.what = 'end' THEN DELETE
WHEN MATCHED THEN UPDATE SET manager_id = 2
WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (s.id, 1);
INSERT INTO binding (organization_id, manager_id, additional) VALUES (11, 2, true);
UPDATE organization SET head_id = 40 WHERE id IN (41, 42, 43);
UPDATE organization SET head_id = 44 WHERE id = 42;
UPDATE organization SET head_id = NULL WHERE id = 43;
INSERT INTO organization (id, name, head_id) VALUES (61, 'Linked from the first', 40);
DELETE FROM organization WHERE id = 60;
SELECT is(pg_temp.found(), '', 'so is what binds, moves, changes, ends, is made anew or linked through the triggers');
CREATE TEMP TABLE staging AS SELECT 45 AS organization_id, 3 AS manager_id, date '2009-01-01' AS bound_on;
SELECT import_bindings('staging');
SELECT is(pg_temp.found(), '', 'and what is imported');
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change)
VALUES (45, 3, '2007-01-01', '2008-01-01', false, 'unbind'), (45, 2, '2008-01-01', '2009-01-01', false, 'unbind');
SELECT is(pg_temp.found(), '', 'history that the owner adds contradicts nothing');

-- Memos: one of every kind of change, one rejected half way, one from before the base.
INSERT INTO authority (role_name, capacity, unit_id, since) VALUES ('director', 'sales_director', 2, '2010-01-01'), ('centre', 'centre', NULL, NULL);
INSERT INTO memo (id, state, reason) VALUES (1, 'approved', 'all kinds'), (2, 'approved', 'half'), (3, 'draft', 'a draft');
INSERT INTO memo (id, state, reason, created_at) VALUES (4, 'applied', 'of the older system', '2009-01-01');
INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id, head_id, additional) VALUES
    (1, 1, 'bind', 46, NULL, 1, NULL, false), (1, 2, 'move', 11, 2, 4, NULL, false), (1, 3, 'unbind', 12, 1, NULL, NULL, false),
    (1, 4, 'link', 47, NULL, NULL, 40, false), (1, 5, 'unlink', 41, NULL, NULL, 40, false),
    (2, 1, 'bind', 48, NULL, 1, NULL, false), (2, 2, 'bind', 49, NULL, 1, NULL, false),
    (3, 1, 'bind', 50, NULL, 1, NULL, false), (4, 1, 'bind', 51, NULL, 1, NULL, false);
INSERT INTO memo_approval (memo_id, capacity, unit_id, role_name, decided_by, approved) VALUES
    (1, 'sales_director', 2, 'director', 'director', true), (1, 'centre', 10, 'centre', 'centre', true), (2, 'sales_director', 2, 'director', 'director', true);
INSERT INTO binding (organization_id, manager_id) VALUES (46, 1), (48, 1);
DELETE FROM binding WHERE organization_id = 11 AND manager_id = 1;
UPDATE binding SET manager_id = 4, additional = false WHERE organization_id = 11;
DELETE FROM binding WHERE organization_id = 12;
UPDATE organization SET head_id = CASE id WHEN 47 THEN 40 END WHERE id IN (41, 47);
UPDATE memo SET state = 'rejected' WHERE id = 2;
SELECT is((SELECT string_agg(state::text, ' ' ORDER BY id) FROM memo), 'applied rejected draft applied', 'memos are used and rejected');
SELECT is(pg_temp.found(), '', 'and verify has nothing to say of them');
UPDATE authority SET until = '2010-07-15' WHERE role_name = 'director';
DELETE FROM authority WHERE role_name = 'centre';
UPDATE unit SET parent_id = 3 WHERE id = 10;
SELECT is(pg_temp.found(), '', 'a word stays good after the authority has ended or gone');

-- Bindings and the log
SELECT is(pg_temp.after('INSERT INTO binding VALUES (52, 1)'), 'binding_not_logged 52, 1', 'a binding past the triggers');
SELECT is(pg_temp.after('COPY binding (organization_id, manager_id) FROM PROGRAM ''echo 52,1'' (DELIMITER '','')'), 'binding_not_logged 52, 1', 'by COPY too');
SELECT is(pg_temp.after('UPDATE binding SET bound_on = ''2009-01-01'' WHERE organization_id = 13'), 'binding_differs_from_log 13, 1', 'another day');
SELECT is(pg_temp.after('UPDATE binding SET additional = true WHERE organization_id = 13'), 'binding_differs_from_log 13, 1', 'another kind');
SELECT is(pg_temp.after('UPDATE binding SET territory_exception = '''' WHERE organization_id = 13'), 'binding_differs_from_log 13, 1', 'another justification');
SELECT is(pg_temp.after('UPDATE binding SET manager_id = 2 WHERE organization_id = 13'), 'binding_not_logged 13, 2; log_without_binding ' || max(id), 'a move')
FROM binding_log WHERE organization_id = 13;
SELECT is(pg_temp.after('DELETE FROM binding WHERE organization_id = 13'), 'log_without_binding ' || max(id), 'an end')
FROM binding_log WHERE organization_id = 13;
SELECT is(pg_temp.after($$INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change, changed_at)
    VALUES (13, 1, today(), today(), false, 'unbind', now() + interval '1 minute')$$), 'binding_ended_in_log 13, 1', 'an end in the log of what is bound');
SELECT is(pg_temp.after('ALTER TABLE binding DISABLE TRIGGER USER; SET LOCAL session_replication_role = origin;
    INSERT INTO binding VALUES (52, 1); ALTER TABLE binding ENABLE TRIGGER USER'), 'binding_not_logged 52, 1', 'what came in while the triggers were off');
SELECT is(pg_temp.after($$DROP INDEX multiple; INSERT INTO binding VALUES (13, 2);
    INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change) VALUES (13, 2, today(), false, 'bind')$$),
    'main_holder_twice 13; unique_index_missing multiple', 'two main managers, and the index that is gone');
SELECT is(pg_temp.after('ALTER TABLE binding DROP CONSTRAINT binding_pkey; INSERT INTO binding VALUES (13, 1, DEFAULT, true); INSERT INTO binding SELECT * FROM binding WHERE organization_id = 13 AND additional;
    DELETE FROM binding WHERE organization_id = 13 AND NOT additional;
    INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change) VALUES (13, 1, today(), true, ''bind'')'),
    'binding_twice 13, 1; unique_index_missing binding_pkey', 'a pair twice, and the key that is gone');
SELECT is(pg_temp.after($$INSERT INTO binding VALUES (999, 1); INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change) VALUES (999, 1, today(), false, 'bind')$$),
    'organization_missing 999, 1', 'an organization that is not there');
SELECT is(pg_temp.after($$INSERT INTO binding VALUES (52, 999); INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change) VALUES (52, 999, today(), false, 'bind')$$),
    'manager_missing 52, 999', 'a manager who is not there');
SELECT is(pg_temp.after('UPDATE organization SET head_id = 14, merged_into = 14 WHERE id = 15; INSERT INTO binding_log (organization_id, head_id, change) VALUES (15, 14, ''link'')'),
    'merged_bound 15, 1', 'a binding of what was merged into another');
SELECT is(pg_temp.after('DELETE FROM organization WHERE id = 14'), 'organization_missing 14, 1', 'an organization deleted under its binding');
SELECT is(pg_temp.after('DELETE FROM organization WHERE id = 7'), 'history_orphaned ' || string_agg(id::text, '; history_orphaned ' ORDER BY id::text), 'one deleted with a history')
FROM binding_log WHERE organization_id = 7;
SELECT is(pg_temp.after('INSERT INTO turnover VALUES (999, ''2010-06'', 1)'), 'reference_broken 999, 2010-06', 'turnover of nobody');
SELECT is(pg_temp.after('UPDATE manager_post SET unit_id = 999 WHERE manager_id = 4'), 'reference_broken 4, 2008-01-01', 'a post in no unit');
SELECT is(pg_temp.after('INSERT INTO activity (id, manager_id, organization_id, kind, happened_on) VALUES (1, 999, 998, ''meeting'', ''2010-06-01'')'),
    'reference_broken 1; reference_broken 1', 'a meeting of nobody with nobody');
SELECT is(pg_temp.after('INSERT INTO memo_item (memo_id, item_no) VALUES (999, 1)'), 'reference_broken 999, 1', 'an item of no memo');

-- The log by itself
SELECT is(pg_temp.after($$INSERT INTO binding_log (id, organization_id, manager_id, bound_on, unbound_on, additional, change)
    VALUES (9001, 52, 1, '2010-01-01', NULL, false, 'unbind'), (9002, 52, 1, '2010-01-02', '2010-01-01', false, 'unbind')$$),
    'log_row_unsound 9001; log_row_unsound 9002', 'ends without an end, or before the beginning');
INSERT INTO waiver (id, manager_id, rule, until, reason) VALUES (7, 1, 'base_size', '2011-01-01', 'for a time'), (8, 2, 'base_size', '2011-01-01', 'for a time');
SELECT is(pg_temp.after('UPDATE binding_log SET waivers = ''7'' WHERE organization_id = 13'), 'nothing', 'a waiver that let a bind pass');
SELECT is(pg_temp.after('UPDATE binding_log SET waivers = ''7, 9'' WHERE organization_id = 13'), 'waiver_missing ' || max(id), 'one that is not there')
FROM binding_log WHERE organization_id = 13;
SELECT is(pg_temp.after('UPDATE binding_log SET waivers = ''8'' WHERE organization_id = 13'), 'waiver_missing ' || max(id), 'one that is somebody else''s')
FROM binding_log WHERE organization_id = 13;
-- Of a month that is over and sealed.
INSERT INTO binding_log (id, organization_id, manager_id, bound_on, unbound_on, additional, change, changed_at)
SELECT 9100 + g, 56, 1, date '2008-01-01' + g, '2008-06-01', false, 'unbind', '2008-06-01' FROM generate_series(1, 5) g;
SELECT is(seal_log(), 1::bigint, 'a month of the log is sealed');
SELECT is(seal_log(), 0::bigint, 'once');
SELECT is(pg_temp.found(), '', 'and as it was');
SELECT is(pg_temp.after('DELETE FROM binding_log WHERE id = 9103'), 'log_rewritten 2008-06', 'a row that is gone');
SELECT is(pg_temp.after('UPDATE binding_log SET reason = ''other'' WHERE id = 9105'), 'log_rewritten 2008-06', 'one that says something else');
SELECT is(pg_temp.after('UPDATE binding_log SET changed_at = ''2008-07-01'' WHERE id = 9105'), 'log_rewritten 2008-06', 'one of another month');
SELECT is(pg_temp.after('INSERT INTO binding_log (id, organization_id, manager_id, bound_on, unbound_on, additional, change, changed_at)
    VALUES (9999, 56, 1, ''2008-02-01'', ''2008-06-01'', false, ''unbind'', ''2008-06-02'')'), 'nothing', 'history that is added breaks no seal');
SET LOCAL TimeZone = 'Asia/Vladivostok';
SET LOCAL DateStyle = 'SQL, DMY';
SELECT is(pg_temp.found(), '', 'nor do other settings');
RESET TimeZone;
RESET DateStyle;

-- Links
SELECT is(pg_temp.after('UPDATE organization SET head_id = 53 WHERE id = 54'), 'link_differs_from_log 54', 'a link past the triggers');
SELECT is(pg_temp.after('UPDATE organization SET head_id = NULL WHERE id = 61'), 'link_differs_from_log 61', 'the end of one');
SELECT is(pg_temp.after('UPDATE organization SET head_id = 53 WHERE id = 53; INSERT INTO binding_log (organization_id, head_id, change) VALUES (53, 53, ''link'')'),
    'link_to_itself 53', 'a link to itself');
SELECT is(pg_temp.after('UPDATE organization SET head_id = 61 WHERE id = 53; INSERT INTO binding_log (organization_id, head_id, change) VALUES (53, 61, ''link'')'),
    'link_chain 53', 'a chain');
SELECT is(pg_temp.after('UPDATE organization SET head_id = CASE id WHEN 53 THEN 54 WHEN 54 THEN 55 ELSE 53 END WHERE id IN (53, 54, 55);
    INSERT INTO binding_log (organization_id, head_id, change) VALUES (53, 54, ''link''), (54, 55, ''link''), (55, 53, ''link'')'),
    'link_loop 53; link_loop 54; link_loop 55', 'a loop');
SELECT is(pg_temp.after('UPDATE organization SET head_id = 999 WHERE id = 53; INSERT INTO binding_log (organization_id, head_id, change) VALUES (53, 999, ''link'')'),
    'link_lost 53', 'a link to nobody');

-- Memos
SELECT is(pg_temp.after('UPDATE memo_item SET used_at = NULL WHERE memo_id = 1 AND item_no = 1; UPDATE memo SET state = ''approved'' WHERE id = 1'),
    'change_without_memo_item ' || id, 'an item that could be used again') FROM binding_log WHERE memo_id = 1 AND change = 'bind';
SELECT is(pg_temp.after('INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change, memo_id) VALUES (46, 1, today(), false, ''bind'', 1)'),
    'memo_item_used_twice 1, 1', 'an item used twice');
SELECT is(pg_temp.after('UPDATE binding_log SET memo_id = NULL WHERE memo_id = 1 AND unbound_on IS NOT NULL'),
    'memo_item_without_change 1, 2; memo_item_without_change 1, 3', 'used items that the log has lost');
SELECT is(pg_temp.after('UPDATE memo_item SET to_manager_id = 2 WHERE memo_id = 1 AND item_no = 1'),
    'change_without_memo_item ' || id || '; memo_item_without_change 1, 1', 'an item that says something else now') FROM binding_log WHERE memo_id = 1 AND change = 'bind';
SELECT is(pg_temp.after('UPDATE memo_item SET head_id = 44 WHERE memo_id = 1 AND item_no = 4'),
    'change_without_memo_item ' || id || '; memo_item_without_change 1, 4', 'a link that asks for another head now') FROM binding_log WHERE memo_id = 1 AND change = 'link';
SELECT is(pg_temp.after('INSERT INTO memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (1, 6, ''bind'', 55, 1)'),
    'memo_state_and_items 1', 'an applied memo with an open item');
SELECT is(pg_temp.after('UPDATE memo SET state = ''approved'' WHERE id = 1'), 'memo_state_and_items 1', 'an approved memo without one');
SELECT is(pg_temp.after('UPDATE memo_item SET used_at = ''2009-01-01'' WHERE memo_id = 3'), 'memo_state_and_items 3', 'a draft with a used item');
SELECT is(pg_temp.after('UPDATE memo SET state = ''approved'' WHERE id = 2'), 'memo_state_not_logged 2', 'a state that nobody gave it');
SELECT is(pg_temp.after($$INSERT INTO memo_approval (id, memo_id, capacity, unit_id, role_name, approved) VALUES (91, 1, 'sales_director', 3, 'director', true)$$),
    'word_without_authority 91', 'a word for another region');
SELECT is(pg_temp.after($$INSERT INTO memo_approval (id, memo_id, capacity, unit_id, role_name, approved) VALUES (91, 1, 'centre_sales', 2, 'director', true)$$),
    'word_without_authority 91', 'in another capacity');
SELECT is(pg_temp.after($$INSERT INTO memo_approval (id, memo_id, capacity, unit_id, role_name, approved) VALUES (91, 1, 'sales_director', 2, 'nobody', true)$$),
    'word_without_authority 91', 'by somebody else');
SELECT is(pg_temp.after($$INSERT INTO memo_approval (id, memo_id, capacity, unit_id, role_name, approved, decided_at) VALUES (91, 1, 'centre', 2, 'centre', true, now() + interval '2 days')$$),
    'word_without_authority 91', 'after the authority had gone');
SELECT is(pg_temp.after($$INSERT INTO memo_approval (id, memo_id, capacity, unit_id, role_name, approved) VALUES (91, 1, 'sales_director', 3, 'nobody', false)$$),
    'nothing', 'a refusal needs none');

-- Guards
SELECT set_eq('SELECT table_name, trigger_name, function_name, fires, always FROM promised_triggers()',
    $$SELECT table_name, trigger_name, function_name, fires, enabled = 'A' FROM present_triggers() WHERE is_ours$$, 'every trigger of a base is promised');
SELECT is(pg_temp.after('ALTER TABLE binding DISABLE TRIGGER binding_inserted'), 'trigger_off binding_inserted', 'a trigger switched off');
SELECT is(pg_temp.after('ALTER TABLE binding_log ENABLE REPLICA TRIGGER binding_log_kept'), 'trigger_off binding_log_kept', 'one for replicas alone');
SELECT is(pg_temp.after('ALTER TABLE binding ENABLE ALWAYS TRIGGER binding_inserted'), 'nothing', 'always is more than was promised');
SELECT is(pg_temp.after('ALTER TABLE policy ENABLE TRIGGER norms_changed'), 'trigger_not_always norms_changed', 'not always is less');
SELECT is(pg_temp.after('DROP TRIGGER binding_deleted ON binding'), 'trigger_missing binding_deleted', 'a missing trigger');
SELECT is(pg_temp.after('DROP TRIGGER memo_changed ON memo; CREATE TRIGGER memo_changed BEFORE DELETE ON memo FOR EACH ROW EXECUTE FUNCTION memo_changed()'),
    'trigger_altered memo_changed', 'one that fires at less');
SELECT is(pg_temp.after('CREATE FUNCTION pg_temp.log_is_kept() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''; DROP TRIGGER change_log_kept ON change_log;
    CREATE TRIGGER change_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON change_log FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.log_is_kept()'),
    'trigger_altered change_log_kept', 'one that calls a stranger');
SELECT matches(pg_temp.after('ALTER TABLE turnover DISABLE TRIGGER ALL'), '^trigger_off RI_ConstraintTrigger_c_\d+; trigger_off RI_ConstraintTrigger_c_\d+$', 'those of foreign keys');
SELECT is(pg_temp.after('ALTER TABLE change_log RENAME TO old_change_log; CREATE TABLE change_log (LIKE old_change_log) PARTITION BY RANGE (changed_at);
    CREATE TABLE change_log_1 PARTITION OF change_log DEFAULT;
    CREATE TRIGGER change_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON change_log FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept()'),
    'partition_unguarded change_log_1', 'a partition that anybody may change');
SELECT matches(pg_temp.after(format('ALTER DATABASE %I SET session_replication_role = replica', current_database())), '^replica_mode ', 'replica mode for all');
SELECT is(pg_temp.after('SET LOCAL allow_system_table_mods = on; UPDATE pg_index SET indisvalid = false WHERE indexrelid = ''binding_manager''::regclass'),
    'index_invalid binding_manager', 'an index that is not valid');
SELECT is(pg_temp.after('ALTER TABLE overdue ADD CONSTRAINT not_negative CHECK (amount >= 0) NOT VALID'), 'constraint_unproven not_negative', 'a constraint not checked');
SELECT is(pg_temp.after('UPDATE norm_version SET version = 1000000'), 'norm_version 1000000', 'a version ahead of its sequence');
SELECT is(pg_temp.after('DELETE FROM norm_version'), 'norm_version ', 'no version at all');
SELECT is(pg_temp.after('UPDATE client_base SET version = ''0.0.1'''), 'base_version 0.0.1', 'a base of another version');
SELECT is(pg_temp.after($$INSERT INTO job_run (id, job, state) VALUES (1, 'unbind_inactive', 'done'), (2, 'unbind_inactive', 'running'), (3, 'unbind_inactive', 'running')$$),
    'job_run_unsound 1; job_runs_twice unbind_inactive', 'a ledger that contradicts itself');

-- Frozen months
INSERT INTO feed (name, loaded_through) VALUES ('turnover', today()), ('activity', today()) ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;
SELECT close_month('2010-06');
SELECT is(pg_temp.found(), '', 'a closed month is sound');
SELECT is(pg_temp.after('UPDATE compliance_history SET actual = actual + 1 WHERE measure = ''base_size'' AND manager_id = 1'),
    'frozen_month_changed 2010-06', 'a figure on record that was changed');
SELECT is(pg_temp.after('DELETE FROM scorecard_history WHERE manager_id = 1'), 'frozen_month_changed 2010-06', 'a row of it that is gone');
SELECT is(pg_temp.after('INSERT INTO compliance_history (month, manager_id, measure) VALUES (''2010-05'', 1, ''base_size'')'),
    'frozen_month_not_closed 2010-05', 'a row of a month that was never closed');

-- What it says
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'verify_row'::regclass),
    'check_name text, severity text, table_name text, organization_id integer, manager_id integer, row_key text, message text, detail text, what_to_do text', 'its columns');
SELECT is(pg_temp.found(), '', 'and everything that was planted is gone');
SELECT * FROM finish();
ROLLBACK;
