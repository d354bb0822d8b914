-- What a company may do to the log: partition it, give it triggers, columns,
-- constraints, policies.  Rows then go through all of that.
BEGIN;
\ir company.psql
SELECT plan(30);
SELECT org(id) FROM generate_series(1, 40) AS id;

-- A column with a default, one generated, one that may be NULL
ALTER TABLE binding_log ADD COLUMN city text DEFAULT 'Moscow', ADD COLUMN year integer GENERATED ALWAYS AS (extract(year FROM bound_on)) STORED,
    ADD COLUMN remark text;
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1);
SELECT is((SELECT concat_ws(' ', organization_id, change, city, year, remark) FROM binding_log), '1 bind Moscow 2010', 'defaults and generated columns are set');
ALTER TABLE binding_log ADD COLUMN must text NOT NULL DEFAULT 'x';
ALTER TABLE binding_log ALTER COLUMN must DROP DEFAULT;
SELECT is((failure_of('INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 1)')).state, '23502', 'a column that must be given and is not');
ALTER TABLE binding_log DROP COLUMN must, DROP COLUMN city, DROP COLUMN year;
INSERT INTO binding (organization_id, manager_id) VALUES (2, 1);
SELECT is((SELECT count(*) FROM binding_log), 2::bigint, 'dropped columns do no harm');

-- Constraints
ALTER TABLE binding_log ADD CONSTRAINT named CHECK (changed_by <> 'nobody'), ADD CONSTRAINT not_three CHECK (organization_id <> 3);
SELECT is((failure_of('INSERT INTO kb.binding (organization_id, manager_id) VALUES (3, 1)')).constraint_name, 'not_three', 'a check of the company''s own');
CREATE UNIQUE INDEX once ON binding_log (organization_id, manager_id, change) WHERE change = 'bind';
SELECT is((failure_of('DELETE FROM kb.binding', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)')).constraint_name, 'once', 'a unique index');
DROP INDEX once;
ALTER TABLE binding_log ADD FOREIGN KEY (organization_id) REFERENCES organization, ADD FOREIGN KEY (manager_id) REFERENCES manager;
INSERT INTO binding (organization_id, manager_id) VALUES (4, 1);
SELECT is((SELECT count(*) FROM binding_log), 3::bigint, 'foreign keys');
ALTER TABLE binding_log DROP CONSTRAINT binding_log_organization_id_fkey, DROP CONSTRAINT binding_log_manager_id_fkey, DROP CONSTRAINT named, DROP CONSTRAINT not_three;

-- Triggers: before a row (may change it), after a row, after the statement
CREATE TABLE tools.noted (what text);
CREATE FUNCTION tools.before_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.remark := format('%s by %s for %s', NEW.change, NEW.changed_by, coalesce(NEW.acting_for, 'himself')); RETURN NEW; END $$;
CREATE FUNCTION tools.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO tools.noted VALUES (TG_LEVEL); RETURN NULL; END $$;
CREATE TRIGGER own_before BEFORE INSERT ON binding_log FOR EACH ROW EXECUTE FUNCTION tools.before_row();
CREATE ROLE writer;
GRANT USAGE ON SCHEMA kb TO writer;
GRANT INSERT, UPDATE, DELETE, SELECT ON binding TO writer;
SET LOCAL kbnorms.acting_for = 'Anna';
SET LOCAL ROLE writer;
INSERT INTO kb.binding (organization_id, manager_id) VALUES (5, 1);
UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 5;
DELETE FROM kb.binding WHERE organization_id = 5;
SELECT is(current_user::text, 'writer', 'the role is what it was after the trigger''s work');
RESET ROLE;
RESET kbnorms.acting_for;
SELECT is((SELECT string_agg(concat_ws(' ', remark, manager_id, unbound_on), ', ' ORDER BY id) FROM binding_log WHERE organization_id = 5),
    'bind by writer for Anna 1, move by writer for Anna 1 2010-07-15, move by writer for Anna 2, unbind by writer for Anna 2 2010-07-15',
    'a BEFORE trigger sees what is written, and may change it, without rights of the writer');
DROP TRIGGER own_before ON binding_log;
CREATE TRIGGER own_row AFTER INSERT ON binding_log FOR EACH ROW EXECUTE FUNCTION tools.note();
INSERT INTO binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(6, 8) AS id;
SELECT is((SELECT count(*) FROM tools.noted WHERE what = 'ROW'), 3::bigint, 'an AFTER row trigger fires for each row');
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id BETWEEN 6 AND 8), 3::bigint, 'and each is written once');
DROP TRIGGER own_row ON binding_log;
CREATE TRIGGER own_statement AFTER INSERT ON binding_log FOR EACH STATEMENT EXECUTE FUNCTION tools.note();
INSERT INTO binding (organization_id, manager_id) VALUES (9, 1);
SELECT ok((SELECT count(*) FROM tools.noted WHERE what = 'STATEMENT') > 0, 'a statement trigger fires');
DROP TRIGGER own_statement ON binding_log;
CREATE FUNCTION tools.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING ERRCODE = 'KB123'; END $$;
CREATE TRIGGER own_refusal BEFORE INSERT ON binding_log FOR EACH ROW EXECUTE FUNCTION tools.refuse();
SET LOCAL ROLE writer;
SELECT throws_ok('INSERT INTO kb.binding (organization_id, manager_id) VALUES (10, 1)', 'KB123', NULL, 'an error in it is the statement''s');
SELECT is(current_user::text, 'writer', 'and the role is what it was');
RESET ROLE;
DROP TRIGGER own_refusal ON binding_log;

-- A trigger of the log that binds in its turn
CREATE FUNCTION tools.bind_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.organization_id < 13 THEN INSERT INTO kb.binding (organization_id, manager_id) VALUES (NEW.organization_id + 1, 1); END IF; RETURN NEW; END $$;
CREATE TRIGGER own_bind BEFORE INSERT ON binding_log FOR EACH ROW EXECUTE FUNCTION tools.bind_on();
INSERT INTO binding (organization_id, manager_id) VALUES (11, 1);
SELECT set_eq('SELECT organization_id FROM binding_log WHERE organization_id BETWEEN 11 AND 14', ARRAY[11, 12, 13], 'statements inside statements are logged, each once');
DROP TRIGGER own_bind ON binding_log;

-- Row security on the log does not keep rows out
ALTER TABLE binding_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SET LOCAL ROLE writer;
INSERT INTO kb.binding (organization_id, manager_id) VALUES (14, 1);
RESET ROLE;
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id = 14), 1::bigint, 'row security');
ALTER TABLE binding_log DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

-- More rows than are written at a time
UPDATE rule SET enforcement = 'off' WHERE code = 'base_size';
INSERT INTO organization (id, name, client_group, potential, city) SELECT id, 'C', 'emo', 'A', 'Moscow' FROM generate_series(10001, 12500) AS id;
INSERT INTO binding (organization_id, manager_id, territory_exception) SELECT id, 2, 'x' || id FROM generate_series(10001, 12500) AS id;
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id > 10000 AND territory_exception = 'x' || organization_id), 2500::bigint, 'many rows in one statement');
UPDATE binding SET manager_id = 1 WHERE organization_id > 10000;
SELECT is((SELECT count(*) FROM binding_log WHERE organization_id > 10000 AND change = 'move'), 5000::bigint, 'many moves');
SELECT is((SELECT count(DISTINCT id) FROM binding_log), (SELECT count(*) FROM binding_log), 'ids are unique');
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM binding_log WHERE manager_id = 2 AND unbound_on IS NOT NULL AND organization_id > 10000), 2500::bigint, 'and so are the indexes written');
RESET enable_seqscan;

-- A log that is partitioned by month
CREATE TABLE kb.new_log (LIKE binding_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (changed_at);
ALTER TABLE binding_log RENAME TO old_log;
DROP INDEX binding_log_ended_organization, binding_log_head, binding_log_ended_manager, binding_log_taken;
ALTER TABLE kb.new_log RENAME TO binding_log;
ALTER TABLE binding_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START 100000);
CREATE TABLE kb.log_present PARTITION OF binding_log FOR VALUES FROM ('2020-01-01') TO ('2100-01-01');
CREATE TABLE kb.log_past (gone integer, LIKE binding_log INCLUDING CONSTRAINTS);
ALTER TABLE kb.log_past DROP COLUMN gone;
ALTER TABLE binding_log ATTACH PARTITION kb.log_past DEFAULT;
CREATE INDEX ON binding_log (organization_id) WHERE unbound_on IS NOT NULL OR manager_id IS NULL;
CREATE INDEX ON binding_log (head_id) WHERE head_id IS NOT NULL;
CREATE INDEX ON binding_log (manager_id) WHERE unbound_on IS NOT NULL;
CREATE INDEX ON binding_log (manager_id, taken_on) WHERE taken_on IS NOT NULL;
CREATE TRIGGER binding_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON binding_log FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept();
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change, changed_at)
VALUES (30, 1, '2009-03-01', '2010-03-01', false, 'unbind', '2010-03-01');
SELECT is(bind(30, 1, '2010-02-28'), 'multiple', 'partitioned: an end in an old partition is found');
SELECT is(bind(30, 1, '2010-03-01'), 'passes', 'a bind after it passes');
INSERT INTO binding (organization_id, manager_id) VALUES (31, 1), (32, 1);
UPDATE binding SET manager_id = 2 WHERE organization_id = 31;
DELETE FROM binding WHERE organization_id = 32;
SELECT is((SELECT string_agg(concat_ws(' ', organization_id, manager_id, change), ', ' ORDER BY id) FROM log_present),
    '31 1 bind, 32 1 bind, 31 1 move, 31 2 move, 32 1 unbind', 'rows go to their partition');
SELECT is(bind(32, 1, '2010-07-14'), 'multiple', 'an end of today is found too');
SELECT throws_ok('DELETE FROM organization WHERE id = 32', '23503', NULL, 'and what has a history is kept');
SELECT throws_ok('DELETE FROM organization WHERE id = 30', '23503', NULL, 'also one of old');
UPDATE organization SET head_id = 33 WHERE id = 34;
UPDATE organization SET head_id = NULL WHERE id = 34;
SELECT throws_ok('DELETE FROM organization WHERE id = 33', '23503', NULL, 'and who once was a head');
SELECT lives_ok('DELETE FROM organization WHERE id = 35', 'what has none is not');
SELECT org(35);
SELECT throws_ok('DELETE FROM binding_log', '42501', NULL, 'its rows are kept as well');
SELECT is((SELECT count(*) FROM check_binding(30, 1)), 15::bigint, 'check_binding reads it');
INSERT INTO policy (effective_from, max_new_accounts_per_day) VALUES ('2010-07-15', 1);
INSERT INTO binding (organization_id, manager_id) VALUES (34, 2);
SELECT is(bind(35, 2), 'intake_limit', 'what was taken today is found');

SELECT * FROM finish();
ROLLBACK;
