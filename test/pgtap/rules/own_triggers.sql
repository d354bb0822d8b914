-- A company's own triggers, keys and rules on binding: judged is what came of
-- them.
BEGIN;
\ir company.psql
SELECT plan(17);
SELECT fill(1, 1001, 40), org(1), org(2), org(3, 'dealer');

-- BEFORE triggers that change or drop rows
CREATE FUNCTION tools.redirect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.manager_id = 19 THEN NEW.manager_id := 1; END IF;
    IF NEW.organization_id = 3 THEN RETURN NULL; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER a_redirect BEFORE INSERT OR UPDATE ON binding FOR EACH ROW EXECUTE FUNCTION tools.redirect();
SELECT is(bind(1, 19), 'base_size', 'redirected to a full manager');
SELECT is(bind(1, 2), 'passes', 'not redirected');
SELECT is(bind(3, 2), 'passes', 'a bad row that is dropped on the way');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 2)', 'UPDATE kb.binding SET manager_id = 19 WHERE organization_id = 1'), 'base_size', 'an UPDATE redirected');
DROP TRIGGER a_redirect ON binding;

-- AFTER row triggers run before ours, and may bind themselves
CREATE FUNCTION tools.also() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.organization_id = 1 THEN INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, NEW.manager_id); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER also AFTER INSERT ON binding FOR EACH ROW EXECUTE FUNCTION tools.also();
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 1001', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'base_size', 'one that binds one more, where one is free');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id IN (1001, 1002)', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), 'passes', 'where two are');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 2);
SELECT is((SELECT string_agg(organization_id || ' ' || change, ', ' ORDER BY organization_id) FROM binding_log WHERE organization_id < 10), '1 bind, 2 bind', 'both are logged, each once');
DROP TRIGGER also ON binding;
DELETE FROM binding WHERE organization_id < 10;

-- A foreign key that would cascade does not get past the history
ALTER TABLE binding ADD FOREIGN KEY (organization_id) REFERENCES organization ON DELETE CASCADE ON UPDATE CASCADE;
SELECT is(broken('DELETE FROM kb.organization WHERE id = 1001'), '23503 binding_organization_id_fkey', 'ON DELETE CASCADE');
SELECT is(broken('UPDATE kb.organization SET id = 5001 WHERE id = 1001'), '23503 binding_organization_id_fkey', 'ON UPDATE CASCADE');
SELECT is(bind(1, 13), 'passes', 'a bind under a foreign key of the company''s own');
SELECT is(bind(999, 13), '23503 binding_organization_id_fkey', 'of an unknown organization');
ALTER TABLE binding DROP CONSTRAINT binding_organization_id_fkey;

-- A rewriting rule
CREATE VIEW tools.wish AS SELECT organization_id, manager_id FROM binding;
CREATE RULE wish AS ON INSERT TO tools.wish DO INSTEAD INSERT INTO kb.binding (organization_id, manager_id) VALUES (NEW.organization_id, NEW.manager_id);
SELECT is(broken('INSERT INTO tools.wish VALUES (1, 1)'), 'base_size', 'by a rewriting rule');
SELECT is(broken('INSERT INTO tools.wish VALUES (1, 13)'), 'passes', 'and one that may be');

-- Coming and going leaves dead index entries, which are no accounts
DO $$ BEGIN
    FOR i IN 1 .. 60 LOOP
        DELETE FROM kb.binding WHERE organization_id = 1001;
        INSERT INTO kb.binding (organization_id, manager_id) VALUES (1001, 1);
    END LOOP;
END $$;
SELECT is(bind(1, 1), 'base_size', 'full after sixty times of out and in');
DELETE FROM binding WHERE organization_id = 1001;
SELECT is(bind(1, 1), 'passes', 'and not when one is out');

-- Generated and further columns, a unique index of the company's own
ALTER TABLE binding ADD COLUMN since_year integer GENERATED ALWAYS AS (extract(year FROM bound_on)) STORED;
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)', 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1',
    'SELECT 1 / (SELECT since_year - 2010 FROM kb.binding WHERE organization_id = 1)'), '22012', 'a generated column, moved along');
CREATE UNIQUE INDEX one_a_day ON binding (manager_id, bound_on) WHERE manager_id = 13;
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 13), (2, 13)'), '23505 one_a_day', 'a unique index of the company''s own');

SELECT * FROM finish();
ROLLBACK;
