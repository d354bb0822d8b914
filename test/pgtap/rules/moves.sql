-- Moves, changes of a kept pair, and pairs ended and made again: what becomes
-- of bound_on and territory_exception, and what the log says.
BEGIN;
\ir company.psql
SELECT plan(39);

SELECT org(id) FROM generate_series(1, 20) AS id;
UPDATE organization SET city = 'Tver' WHERE id BETWEEN 11 AND 15;

-- The pairs of an organization, and the log rows written since the last look.
CREATE FUNCTION tools.pairs(organization_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', manager_id, bound_on, CASE WHEN additional THEN 'additional' END, territory_exception), ', ' ORDER BY manager_id)
        FROM kb.binding AS b WHERE b.organization_id = $1);
CREATE TABLE tools.seen (id bigint);
INSERT INTO tools.seen VALUES (0);
CREATE FUNCTION tools.logged() RETURNS text LANGUAGE sql
BEGIN ATOMIC
WITH news AS (UPDATE tools.seen SET id = (SELECT max(id) FROM kb.binding_log))
SELECT string_agg(concat_ws(' ', change, organization_id, manager_id, bound_on, 'to ' || unbound_on, CASE WHEN additional THEN 'additional' END, territory_exception), ', ' ORDER BY l.id)
FROM kb.binding_log AS l WHERE l.id > (SELECT id FROM tools.seen);
END;

-- bind, unbind
INSERT INTO binding VALUES (1, 1, '2010-02-01', false, 'note'), (2, 1, '2010-02-01', true, NULL);
SELECT is(logged(), 'bind 1 1 2010-02-01 note, bind 2 1 2010-02-01 additional', 'a bind is one row for each pair');
DELETE FROM binding WHERE organization_id = 2;
SELECT is(logged(), 'unbind 2 1 2010-02-01 to 2010-07-15 additional', 'an unbind one, with its end');

-- A move
UPDATE binding SET manager_id = 2 WHERE organization_id = 1;
SELECT is(pairs(1), '2 2010-07-15', 'a move begins today, without the justification');
SELECT is(logged(), 'move 1 1 2010-02-01 to 2010-07-15 note, move 1 2 2010-07-15', 'and is two rows: the old pair with its end, the new one without');
UPDATE binding SET manager_id = 1, territory_exception = 'new' WHERE organization_id = 1;
SELECT is(pairs(1), '1 2010-07-15 new', 'what the UPDATE sets itself stays');
SELECT is(logged(), 'move 1 2 2010-07-15 to 2010-07-15, move 1 1 2010-07-15 new', 'also in the log');
UPDATE binding SET manager_id = 2, territory_exception = 'new' WHERE organization_id = 1;
SELECT is(pairs(1), '2 2010-07-15', 'set to what it was is left as it was');
SELECT logged();
INSERT INTO binding VALUES (3, 1, '2010-02-01', true, NULL);
UPDATE binding SET manager_id = 2, bound_on = '2010-03-01' WHERE organization_id = 3;
SELECT is(pairs(3), '2 2010-03-01 additional', 'bound_on set by the move');
SELECT is(logged(), 'bind 3 1 2010-02-01 additional, move 3 1 2010-02-01 to 2010-07-15 additional, move 3 2 2010-03-01 additional', 'additional moves along');
INSERT INTO binding (organization_id, manager_id, bound_on, territory_exception) VALUES (11, 1, '2010-02-01', 'excellent');
SELECT throws_ok('UPDATE binding SET manager_id = 2 WHERE organization_id = 11', '23514', NULL, 'the old justification does not justify the new manager');
SELECT lives_ok('UPDATE binding SET manager_id = 2, territory_exception = ''excellent with him'' WHERE organization_id = 11', 'one of his own does');
SELECT logged();

-- Of several at once, and a swap
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (4, 1, '2010-02-01'), (5, 2, '2010-03-01');
SELECT logged();
UPDATE binding SET manager_id = 3 - manager_id WHERE organization_id IN (4, 5);
SELECT is(pairs(4) || '; ' || pairs(5), '2 2010-07-15; 1 2010-07-15', 'a swap');
SELECT is(logged(), 'move 4 1 2010-02-01 to 2010-07-15, move 4 2 2010-07-15, move 5 2 2010-03-01 to 2010-07-15, move 5 1 2010-07-15', 'is two moves');

-- UPDATE of organization_id: an unbind and a bind
INSERT INTO binding VALUES (6, 1, '2010-02-01', false, 'note');
SELECT logged();
UPDATE binding SET organization_id = 7 WHERE organization_id = 6;
SELECT is(pairs(7), '1 2010-07-15', 'another organization: bound_on and justification as in a move');
SELECT is(logged(), 'unbind 6 1 2010-02-01 to 2010-07-15 note, bind 7 1 2010-07-15', 'logged as an unbind and a bind');
UPDATE binding SET organization_id = 8, manager_id = 2 WHERE organization_id = 7;
SELECT is(logged(), 'unbind 7 1 2010-07-15 to 2010-07-15, bind 8 2 2010-07-15', 'so is a change of both');

-- A kept pair
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (9, 1, '2010-02-01');
SELECT logged();
UPDATE binding SET bound_on = '2010-01-15' WHERE organization_id = 9;
SELECT is(pairs(9), '1 2010-01-15', 'a changed bound_on');
SELECT is(logged(), 'bind 9 1 2010-01-15', 'is one bind row with the new values');
UPDATE binding SET additional = true, territory_exception = 'x' WHERE organization_id = 9;
SELECT is(logged(), 'bind 9 1 2010-01-15 additional x', 'two changes at once too');
UPDATE binding SET additional = true, territory_exception = 'x', bound_on = bound_on, manager_id = 1, organization_id = 9 WHERE organization_id = 9;
SELECT is(logged(), NULL, 'what changes nothing is not logged');
SELECT is(pairs(9), '1 2010-01-15 additional x', 'nor is it a move');
UPDATE binding SET territory_exception = NULL WHERE organization_id = 9;
SELECT is(logged(), 'bind 9 1 2010-01-15 additional', 'a justification taken away');
UPDATE binding SET territory_exception = '' WHERE organization_id = 9;
SELECT is(logged(), 'bind 9 1 2010-01-15 additional ', 'NULL and empty differ');
SELECT throws_ok('UPDATE binding SET territory_exception = NULL WHERE organization_id = 11', '23514', NULL, 'taking a needed justification away is judged by territory');
SELECT throws_ok('UPDATE binding SET bound_on = ''2010-07-16'' WHERE organization_id = 9', '23514', NULL, 'bound_on by personal');
UPDATE binding SET territory_exception = NULL WHERE organization_id = 9;
UPDATE manager SET left_on = '2010-07-01' WHERE id = 1;
UPDATE organization SET client_group = 'dealer', city = 'Tver', potential = 'C' WHERE id = 9;
SELECT lives_ok('UPDATE binding SET additional = false WHERE organization_id = 9', 'additional by multiple alone');
SELECT lives_ok('UPDATE binding SET bound_on = bound_on WHERE organization_id = 9', 'what changes nothing is not judged');
SELECT throws_ok('UPDATE binding SET bound_on = ''2010-01-16'' WHERE organization_id = 9', '23514', NULL, 'bound_on of a leaver''s');
UPDATE manager SET left_on = NULL WHERE id = 1;
SELECT logged();

-- Ended and made again in one statement
WITH gone AS (DELETE FROM binding WHERE organization_id = 9 RETURNING *)
INSERT INTO binding SELECT * FROM gone;
SELECT is(pairs(9), '1 2010-01-15', 'a pair ended and made again is not new: whatever has become of client and manager');
SELECT is((SELECT string_agg(part, ', ' ORDER BY part) FROM regexp_split_to_table(logged(), ', ') AS part),
    'bind 9 1 2010-01-15, unbind 9 1 2010-01-15 to 2010-07-15', 'save for the log');
SELECT throws_ok('WITH gone AS (DELETE FROM binding WHERE organization_id = 11 RETURNING *)
    INSERT INTO binding SELECT organization_id, manager_id, bound_on FROM gone', '23514', NULL, 'without its justification it is judged by territory');

-- A move by MERGE and by ON CONFLICT begins today too
INSERT INTO binding (organization_id, manager_id, bound_on, territory_exception) VALUES (16, 1, '2010-02-01', 'a'), (17, 1, '2010-02-01', 'a');
MERGE INTO binding b USING (VALUES (16)) AS v (id) ON b.organization_id = v.id WHEN MATCHED THEN UPDATE SET manager_id = 2;
SELECT is(pairs(16), '2 2010-07-15', 'by MERGE');
INSERT INTO binding (organization_id, manager_id) VALUES (17, 2)
ON CONFLICT (organization_id) WHERE NOT additional DO UPDATE SET manager_id = excluded.manager_id;
SELECT is(pairs(17), '2 2010-07-15', 'by ON CONFLICT, which reaches the index of main bindings');
SELECT logged();

-- The log says who, for whom and when; not what the session pretends
SET LOCAL kbnorms.acting_for = 'anna@crm';
CREATE ROLE clerk;
GRANT USAGE ON SCHEMA kb, tools TO clerk;
GRANT SELECT, INSERT, DELETE ON binding TO clerk;
SET LOCAL ROLE clerk;
INSERT INTO kb.binding (organization_id, manager_id) VALUES (18, 1);
RESET ROLE;
SELECT is((SELECT concat_ws(' ', changed_by, acting_for, changed_at = now(), reason, memo_id) FROM binding_log WHERE organization_id = 18),
    'clerk anna@crm t', 'who, for whom, when');
RESET kbnorms.acting_for;
DELETE FROM binding WHERE organization_id = 18;
SELECT is((SELECT concat_ws(' ', changed_by, acting_for) FROM binding_log WHERE organization_id = 18 AND change = 'unbind'),
    current_user::text, 'for nobody');

-- Sum of all: what the log says is held is held
SELECT set_eq($$SELECT organization_id, manager_id FROM binding$$,
    $$SELECT organization_id, manager_id FROM binding_log WHERE manager_id IS NOT NULL
      GROUP BY organization_id, manager_id
      HAVING (array_agg(unbound_on ORDER BY id DESC))[1] IS NULL$$, 'the last log row of a pair tells whether it is bound');
SELECT lives_ok('DELETE FROM binding', 'all end');
SELECT is((SELECT count(*) FROM binding), 0::bigint, 'and all ended');
SELECT is((SELECT count(*) FROM binding_log WHERE change = 'move') % 2, 0::bigint, 'moves come in twos');

SELECT * FROM finish();
ROLLBACK;
