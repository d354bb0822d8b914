-- Every rule stops every way in which an organization comes to be bound, and
-- lets through what keeps to it.
BEGIN;
\ir company.psql

-- One bad and one good client for each rule.  A move has no potential to ask
-- for: nothing of it comes out of the pool.
CREATE TABLE tools.scenario (rule text, manager_id integer, bad integer, good integer,
    bad_bound_on date DEFAULT '2010-07-15', additional boolean DEFAULT false, when_moved text);
SELECT org(100), org(101), org(102, 'dealer'), org(103, 'dealer'), org(104, 'chain'), org(105, 'dealer'), org(106, city => 'Tver'),
    org(107, territory_id => 1), org(108, potential => 'C'), org(109), org(110), org(111, 'dealer');
SELECT fill(1, 1001, 40), fill(20, 2001, 4, 'dealer');
INSERT INTO organization (id, name, head_id) VALUES (112, 'Branch', 1001);
INSERT INTO binding (organization_id, manager_id, additional) VALUES (109, 2, true), (111, 20, false);
INSERT INTO tools.scenario (rule, manager_id, bad, good) VALUES
    ('base_size', 1, 101, 112), ('client_group', 4, 101, 100), ('off_profile', 2, 102, 101),
    ('group_quota', 20, 103, 104), ('territory', 2, 106, 101), ('newcomer_territory', 16, 107, 101);
INSERT INTO tools.scenario VALUES
    ('personal', 13, 100, 100, '2010-07-16', DEFAULT, NULL), ('potential', 2, 108, 101, DEFAULT, DEFAULT, 'passes'),
    ('multiple', 30, 109, 110, DEFAULT, true, NULL);
UPDATE organization SET client_group = 'industrial' WHERE id = 100;
-- The holder of 109 is of the office of manager 2, but another.
INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES (30, 'Manager 30', '2009-01-01', '2009-02-01');
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id) VALUES (30, '2009-01-01', 'manager', 'universal', 5);

-- The ways.  %1$s organization, %2$s manager, %3$L bound_on, %4$L additional;
-- manager 8 holds what is moved, organization 120 and a manager's pair with it
-- are there to be changed.
SELECT org(120);
CREATE TABLE tools.way (way text, moves boolean, statements text[]);
INSERT INTO tools.way VALUES
    ('INSERT VALUES', false, ARRAY['INSERT INTO kb.binding (organization_id, manager_id, bound_on, additional) VALUES (%1$s, %2$s, %3$L, %4$L)']),
    ('INSERT SELECT', false, ARRAY['INSERT INTO kb.binding (organization_id, manager_id, bound_on, additional) SELECT o.id, m.id, %3$L, %4$L
        FROM kb.organization o, kb.manager m WHERE o.id = %1$s AND m.id = %2$s']),
    ('COPY', false, ARRAY['COPY kb.binding (organization_id, manager_id, bound_on, additional) FROM PROGRAM ''printf "%1$s\t%2$s\t%3$s\t%4$s\n"''']),
    ('COPY WITH CSV', false, ARRAY['COPY kb.binding (organization_id, manager_id, bound_on, additional) FROM PROGRAM ''echo %1$s,%2$s,%3$s,%4$s'' WITH CSV']),
    ('UPDATE of manager_id', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', %4$L)',
        'UPDATE kb.binding SET manager_id = %2$s, bound_on = %3$L WHERE (organization_id, manager_id) = (%1$s, 8)']),
    ('UPDATE FROM', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', %4$L)',
        'UPDATE kb.binding b SET manager_id = m.id, bound_on = %3$L FROM kb.manager m WHERE m.id = %2$s AND (b.organization_id, b.manager_id) = (%1$s, 8)']),
    ('UPDATE of both', false, ARRAY['INSERT INTO kb.binding VALUES (120, 8, ''2010-07-01'', %4$L)',
        'UPDATE kb.binding SET organization_id = %1$s, manager_id = %2$s, bound_on = %3$L WHERE (organization_id, manager_id) = (120, 8)']),
    ('MERGE INSERT', false, ARRAY['MERGE INTO kb.binding b USING (VALUES (%1$s, %2$s)) AS v (o, m) ON (b.organization_id, b.manager_id) = (v.o, v.m)
        WHEN NOT MATCHED THEN INSERT (organization_id, manager_id, bound_on, additional) VALUES (v.o, v.m, %3$L, %4$L)']),
    ('MERGE UPDATE', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', %4$L)',
        'MERGE INTO kb.binding b USING (VALUES (%1$s, %2$s)) AS v (o, m) ON (b.organization_id, b.manager_id) = (v.o, 8)
        WHEN MATCHED THEN UPDATE SET manager_id = v.m, bound_on = %3$L']),
    ('MERGE DELETE and INSERT', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', true)',
        'MERGE INTO kb.binding b USING (VALUES (%1$s, 8), (%1$s, %2$s)) AS v (o, m) ON (b.organization_id, b.manager_id) = (v.o, v.m)
        WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (organization_id, manager_id, bound_on, additional) VALUES (v.o, v.m, %3$L, %4$L)']),
    ('ON CONFLICT DO UPDATE', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', %4$L)',
        'INSERT INTO kb.binding VALUES (%1$s, 8, %3$L, %4$L)
        ON CONFLICT (organization_id, manager_id) DO UPDATE SET manager_id = %2$s, bound_on = %3$L']),
    ('ON CONFLICT DO NOTHING', false, ARRAY['INSERT INTO kb.binding VALUES (%1$s, %2$s, %3$L, %4$L) ON CONFLICT DO NOTHING']),
    ('INSERT with a CTE DELETE', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', true)',
        'WITH gone AS (DELETE FROM kb.binding WHERE (organization_id, manager_id) = (%1$s, 8) RETURNING organization_id)
        INSERT INTO kb.binding SELECT organization_id, %2$s, %3$L, %4$L FROM gone']),
    ('DELETE with a CTE INSERT', true, ARRAY['INSERT INTO kb.binding VALUES (%1$s, 8, ''2010-07-01'', true)',
        'WITH come AS (INSERT INTO kb.binding VALUES (%1$s, %2$s, %3$L, %4$L))
        DELETE FROM kb.binding WHERE (organization_id, manager_id) = (%1$s, 8)']),
    ('SELECT with a CTE INSERT', false, ARRAY['WITH come AS (INSERT INTO kb.binding VALUES (%1$s, %2$s, %3$L, %4$L) RETURNING 1) SELECT count(*) FROM come']),
    ('prepared, generic plan', false, ARRAY['SET LOCAL plan_cache_mode = force_generic_plan', 'DEALLOCATE ALL',
        'PREPARE bind AS INSERT INTO kb.binding (organization_id, manager_id, bound_on, additional) VALUES ($1, $2, $3, $4)',
        'EXECUTE bind (%1$s, %2$s, %3$L, %4$L)']),
    ('PL/pgSQL', false, ARRAY['DO $do$ DECLARE o integer := %1$s; m integer := %2$s; BEGIN
        INSERT INTO kb.binding VALUES (o, m, %3$L, %4$L); END $do$']),
    ('a savepoint', false, ARRAY['DO $do$ BEGIN
        BEGIN INSERT INTO kb.binding (organization_id, manager_id) VALUES (120, 8); RAISE SQLSTATE ''KB001''; EXCEPTION WHEN SQLSTATE ''KB001'' THEN NULL; END;
        BEGIN INSERT INTO kb.binding VALUES (%1$s, %2$s, %3$L, %4$L); EXCEPTION WHEN division_by_zero THEN NULL; END; END $do$']),
    ('a trigger''s own statement', false, ARRAY[
        'CREATE FUNCTION tools.bind_too() RETURNS trigger LANGUAGE plpgsql AS
         $f$BEGIN INSERT INTO kb.binding VALUES (%1$s, %2$s, %3$L, %4$L); RETURN NULL; END$f$',
        'CREATE TRIGGER bind_too AFTER UPDATE ON kb.organization FOR EACH ROW EXECUTE FUNCTION tools.bind_too()',
        'UPDATE kb.organization SET name = ''New name'' WHERE id = 120']),
    ('a view', false, ARRAY['CREATE VIEW tools.b AS SELECT organization_id, manager_id, bound_on, additional FROM kb.binding',
        'INSERT INTO tools.b VALUES (%1$s, %2$s, %3$L, %4$L)']);

SELECT plan((SELECT 2 * count(*) + 2 FROM scenario, way)::integer);

CREATE FUNCTION tools.tried(scenario tools.scenario, way tools.way, good boolean) RETURNS text LANGUAGE sql
RETURN (SELECT tools.broken(VARIADIC array_agg(format(statement,
            CASE WHEN $3 THEN ($1).good ELSE ($1).bad END, ($1).manager_id,
            CASE WHEN $3 THEN '2010-07-15' ELSE ($1).bad_bound_on END, ($1).additional) ORDER BY n))
        FROM unnest(($2).statements) WITH ORDINALITY AS s (statement, n));

SELECT is(tried(s, w, false), CASE WHEN w.moves AND s.when_moved IS NOT NULL THEN s.when_moved ELSE s.rule END, s.rule || ' by ' || w.way)
FROM scenario AS s, way AS w;
SELECT is(tried(s, w, true), 'passes', 'kept ' || s.rule || ' by ' || w.way)
FROM scenario AS s, way AS w;

-- The copy is one statement of many rows, and is told so.
SELECT is((f).detail LIKE '%"potential"%' AND (f).message LIKE '%(and 1 more)', true, 'a COPY of two bad rows tells both')
FROM failure_of('COPY kb.binding (organization_id, manager_id) FROM PROGRAM ''printf "102\t2\n108\t2\n"''') AS f;
SELECT is(broken('COPY kb.binding (organization_id, manager_id) FROM PROGRAM ''seq -f "%g,1" 1001 1001'' WITH CSV'), '23505 binding_pkey', 'a COPY of a pair that is there');

SELECT * FROM finish();
ROLLBACK;
