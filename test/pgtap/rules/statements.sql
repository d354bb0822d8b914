-- Before and after: one statement that does several things is judged as a whole,
-- several statements one by one.
BEGIN;
\ir company.psql
SELECT plan(36);
SELECT fill(1, 1001, 40), fill(2, 1101, 40), fill(20, 2001, 5, 'dealer');
SELECT org(id) FROM generate_series(1, 12) AS id;
SELECT org(20, potential => 'C'), org(21, 'dealer'), org(22, potential => 'C');
INSERT INTO binding (organization_id, manager_id) VALUES (20, 8);

-- Swaps of full bases
SELECT is(broken('UPDATE kb.binding SET manager_id = 3 - manager_id WHERE organization_id IN (1001, 1101)'), 'passes', 'one for one');
SELECT is(broken('UPDATE kb.binding SET manager_id = 3 - manager_id WHERE organization_id IN (1001, 1101, 1102)'), 'base_size', 'two for one');
SELECT is(broken('UPDATE kb.binding SET manager_id = 3 - manager_id WHERE manager_id IN (1, 2)'), 'passes', 'all forty');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (1001, 2), (1101, 1)) AS v (o, m) ON b.organization_id = v.o
    WHEN MATCHED THEN UPDATE SET manager_id = v.m'), 'passes', 'by MERGE');
SELECT is(broken('WITH a AS (UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1001)
    UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 1101'), 'passes', 'by an UPDATE in a CTE beside another');
SELECT is(broken('WITH a AS (DELETE FROM kb.binding WHERE organization_id = 1001), b AS (DELETE FROM kb.binding WHERE organization_id = 1101 RETURNING 1)
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1), (2, 2)'), 'passes', 'two out, two in, by CTEs');
SELECT is(broken('WITH a AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1))
    DELETE FROM kb.binding WHERE organization_id = 1001'), 'passes', 'in before out');
SELECT is(broken('WITH a AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)), b AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 1))
    DELETE FROM kb.binding WHERE organization_id = 1001'), 'base_size', 'two in, one out');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (1001, 1), (1, 1)) AS v (o, m) ON (b.organization_id, b.manager_id) = (v.o, v.m)
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (v.o, v.m)'), 'passes', 'MERGE: one out, one in');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (1001, 1, 0), (1101, 2, 1), (1, 1, 2), (2, 1, 2)) AS v (o, m, how) ON (b.organization_id, b.manager_id) = (v.o, v.m)
    WHEN MATCHED AND how = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET manager_id = 1
    WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (v.o, v.m)'), 'base_size', 'MERGE: one out, one moved in, two in');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1001, 2), (1, 13)
    ON CONFLICT (organization_id) WHERE NOT additional DO UPDATE SET manager_id = excluded.manager_id'), 'base_size', 'ON CONFLICT: a move into a full base beside a bind');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1001, 2), (1101, 1)
    ON CONFLICT (organization_id) WHERE NOT additional DO UPDATE SET manager_id = excluded.manager_id'), 'passes', 'ON CONFLICT: a swap');

-- The pool, and what is new to the base
SELECT is(broken('WITH a AS (DELETE FROM kb.binding WHERE organization_id = 20)
    INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (20, 13, true)'), 'passes', 'given in one statement: not out of the pool');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (20, 8, false), (20, 13, true)) AS v (o, m, a) ON (b.organization_id, b.manager_id) = (v.o, v.m)
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (organization_id, manager_id, additional) VALUES (v.o, v.m, v.a)'), 'passes', 'by MERGE');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (22, 8, false), (22, 13, true)'), 'potential', 'one holder of a statement does not take it out for the other');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (22, 8)',
    'INSERT INTO kb.binding (organization_id, manager_id, additional) VALUES (22, 13, true)'), 'passes', 'the statement before does');
SELECT is(broken('UPDATE kb.binding SET organization_id = 22 WHERE organization_id = 20'), 'passes', 'a head of a VTC may change clients as he likes');
SELECT is(broken('UPDATE kb.binding SET organization_id = 22 WHERE organization_id = 1001'), 'potential', 'an UPDATE of organization_id binds out of the pool');
SELECT is(broken('UPDATE kb.binding SET organization_id = 21 WHERE organization_id = 1001'), 'off_profile', 'and brings in a client');
SELECT is(broken('UPDATE kb.binding SET organization_id = 1 WHERE organization_id = 1001'), 'passes', 'or one that may be');

-- Of many rows each is judged, and none hides another
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 13), (21, 13), (22, 13)'), 'off_profile potential', 'a good one among bad ones');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1), (21, 20), (2, 13)'), 'base_size group_quota', 'two full managers');
SELECT is(broken('WITH a AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (21, 13))
    UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1001'), 'base_size', 'a CTE''s statement beside another: the first that is judged');

-- One statement after another in one transaction, with subtransactions
CREATE FUNCTION tools.in_turn(VARIADIC statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE statement text; verdicts text[];
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        BEGIN
            EXECUTE statement;
            verdicts := verdicts || 'passes'::text;
        EXCEPTION WHEN check_violation THEN
            verdicts := verdicts || 'refused'::text;
        END;
    END LOOP;
    RETURN array_to_string(verdicts, ' ');
END $$;
SELECT is(in_turn('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)', 'DELETE FROM kb.binding WHERE organization_id = 1001',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 1)',
    'DELETE FROM kb.binding WHERE organization_id = 1', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 1)'),
    'refused passes passes refused passes passes', 'each statement finds what the one before has left');
SELECT is((SELECT string_agg(organization_id || ' ' || change, ', ' ORDER BY id) FROM binding_log WHERE organization_id < 10 OR organization_id = 1001 AND change = 'unbind'),
    '1001 unbind, 1 bind, 1 unbind, 2 bind', 'and the refused ones leave no trace');

-- A norm changed and rolled back within the transaction
SELECT is(in_turn('UPDATE kb.norm_tenure SET max_accounts = 41 WHERE specialization = ''universal''', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (3, 1)',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)', 'UPDATE kb.norm_tenure SET max_accounts = 40 WHERE specialization = ''universal''',
    'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)', 'UPDATE kb.binding SET organization_id = 4 WHERE organization_id = 3'),
    'passes passes refused passes refused passes', 'a norm holds from the statement after it');
SELECT is(broken('UPDATE kb.norm_tenure SET max_accounts = 50 WHERE specialization = ''universal''', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (5, 1)'), 'passes', 'in a savepoint');
SELECT is(bind(5, 1), 'base_size', 'and not when that is rolled back');
SELECT is(broken('WITH n AS (UPDATE kb.norm_tenure SET max_accounts = 50 WHERE specialization = ''universal'')
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (5, 1)'), 'passes', 'a norm that the statement itself has changed is the latest');
UPDATE rule SET enforcement = enforcement;
SELECT is(broken('WITH n AS (UPDATE kb.norm_tenure SET max_accounts = 50 WHERE specialization = ''universal'')
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (5, 1)'), 'passes', 'also where the norms are read anew for it');
SELECT is(bind(5, 1), 'base_size', 'and what was read then is forgotten when it is rolled back');
SELECT is(broken('UPDATE kb.rule SET enforcement = ''off'' WHERE code = ''base_size''', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (5, 1)'), 'passes', 'a rule switched off in a savepoint');
SELECT is(bind(5, 1), 'base_size', 'is on when that is rolled back');

-- Facts changed by the statement itself
SELECT is(broken('WITH f AS (UPDATE kb.organization SET client_group = ''emo'' WHERE id = 21)
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (21, 13)'), 'passes', 'a client group corrected in the same statement');
SELECT is(broken('WITH o AS (INSERT INTO kb.organization (id, name, client_group, potential) VALUES (50, ''New'', ''emo'', ''A''))
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (50, 13)'), 'passes', 'an organization inserted in the same statement');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM kb.organization WHERE false'), 'passes', 'no rows');

SELECT * FROM finish();
ROLLBACK;
