-- Rule move_limit: so many moves of a client in so many days.
BEGIN;
\ir company.psql
SELECT plan(43);

SELECT org(1, city => NULL), org(2, city => NULL, head_id => 1), org(3), org(4), org(5, head_id => 4), org(6);
CREATE FUNCTION tools.move(organization_id integer, manager_id integer) RETURNS text
LANGUAGE sql RETURN tools.broken(format('UPDATE kb.binding SET manager_id = %s WHERE organization_id = %s', $2, $1));
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (1, 1, '2010-01-10'), (2, 1, '2010-01-10'), (3, 2, '2010-01-10');

INSERT INTO policy (effective_from, max_moves) VALUES ('2010-07-15', 0);
SELECT is(move(1, 2), 'passes', 'a number without days is no limit');
UPDATE policy SET max_moves = NULL, move_days = 30 WHERE effective_from = '2010-07-15';
SELECT is(move(1, 2), 'passes', 'nor are days without a number');
UPDATE policy SET max_moves = 0 WHERE effective_from = '2010-07-15';
SELECT is(move(1, 2), 'move_limit', 'a limit of none');
SELECT is(bind(6, 1), 'passes', 'a first bind is no move');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 1'), 'passes', 'nor is an end');
UPDATE policy SET effective_from = '2010-07-16' WHERE effective_from = '2010-07-15';
SELECT is(move(1, 2), 'passes', 'before the limit is in force');
UPDATE policy SET effective_from = '2010-07-15', max_moves = 1 WHERE effective_from = '2010-07-16';

-- The bound and one past it, in days
SELECT is(move(1, 2), 'passes', 'the first of one');
UPDATE binding SET manager_id = 2 WHERE organization_id = 1;
SELECT is(move(1, 19), 'move_limit', 'the second');
SELECT is(move(1, 1), 'move_limit', 'back is a move as well');
SELECT is((failure_of('UPDATE kb.binding SET manager_id = 19 WHERE organization_id = 1')).detail,
    'rule "move_limit": organization 1 "Client 1", manager 19 "Manager 19": actual moves: 2, allowed 1 in 30 days', 'the error says how many in how many days');
SELECT is((failure_of('UPDATE kb.binding SET manager_id = 19 WHERE organization_id = 1')).hint,
    'Leave the client with whom it was until 2010-08-14.', 'the remedy is the day after');
SET kbnorms.today = '2010-08-13';
SELECT is(move(1, 19), 'move_limit', 'on the last of 30 days');
SET kbnorms.today = '2010-08-14';
SELECT is(move(1, 19), 'passes', 'on the day after');
SET kbnorms.today = '2010-07-15';

-- A client of several organizations
SELECT is(move(2, 2), 'passes', 'what follows to the same manager on the same day is the same move');
SELECT is(move(2, 13), 'move_limit', 'to another one it is a second');
SET kbnorms.today = '2010-07-16';
SELECT is(move(2, 2), 'move_limit', 'and on another day');
SELECT is(broken('UPDATE kb.binding SET manager_id = CASE manager_id WHEN 1 THEN 13 ELSE 19 END WHERE organization_id IN (1, 2)'), 'move_limit',
    'two in one statement');
SELECT is(move(3, 1), 'passes', 'another client has moves of his own');
SET kbnorms.today = '2010-07-15';

-- There and back on one day are two, and three with another
UPDATE policy SET max_moves = 2 WHERE max_moves = 1;
UPDATE binding SET manager_id = 1 WHERE organization_id = 1;
SELECT is(move(1, 2), 'move_limit', 'the third, by a way gone before');
UPDATE policy SET max_moves = 3 WHERE max_moves = 2;
SELECT is((SELECT remedy FROM check_binding(4, 1) WHERE code = 'move_limit'), NULL, 'no remedy where nothing is broken');
SELECT is(move(1, 2), 'passes', 'three of three');
UPDATE policy SET max_moves = 0 WHERE max_moves = 3;

-- An unbind and a bind to another is a move, in one statement or two
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 3)
    INSERT INTO kb.binding (organization_id, manager_id) VALUES (3, 1)'), '23505 multiple', 'the unique index speaks first');
DELETE FROM binding WHERE organization_id = 3;
SELECT is(bind(3, 1), 'move_limit', 'unbound and bound to another');
SELECT is(bind(3, 2), 'passes', 'to the same again it is none');
SELECT is(bind(3, 1, additional => true), 'passes', 'nor is an additional binding');
SELECT is(broken('MERGE INTO kb.binding b USING (VALUES (3, 1)) AS v (o, m) ON b.organization_id = v.o
    WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (o, m)'), 'move_limit', 'MERGE');
SELECT is(broken('COPY kb.binding (organization_id, manager_id) FROM PROGRAM ''printf "3\\t1\\n"'''), 'move_limit', 'COPY');
INSERT INTO binding (organization_id, manager_id) VALUES (6, 1);
SELECT is(broken('UPDATE kb.binding SET organization_id = 3 WHERE organization_id = 6'), 'move_limit', 'a changed organization');

-- By the log: who had it as the main one, whatever system that comes from
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES
    (4, 1, '2010-05-01', '2010-06-14', false, 'unbind'), (4, 2, '2010-06-15', '2010-07-01', false, 'unbind'), (4, 19, '2010-06-20', '2010-07-10', true, 'unbind');
UPDATE policy SET max_moves = 1 WHERE max_moves = 0;
SELECT is(bind(4, 2), 'passes', 'who had it last');
SELECT is(bind(4, 1), 'passes', 'a move dated 30 days ago no longer counts');
UPDATE policy SET move_days = 31 WHERE max_moves = 1;
SELECT is(bind(4, 1), 'move_limit', '31 days ago it does');
SELECT is(bind(5, 1), 'passes', 'an organization of the client that nobody had is not moved');
SELECT is(bind(4, 1, additional => true), 'passes', 'an additional binding is none');

-- A chain of links is refused as ever, by whatever statement it comes
SET LOCAL statement_timeout = '20s';
SELECT org(7), org(8, head_id => 7), org(9);
SELECT is(broken('WITH bound AS (INSERT INTO kb.binding (organization_id, manager_id) VALUES (9, 2) RETURNING 1)
    UPDATE kb.organization SET head_id = 8 FROM bound WHERE id = 9'),
    '23514 link', 'a chain that is made by what is bound');
SET LOCAL statement_timeout = 0;

-- The same answer through every door
SELECT is((SELECT concat_ws('|', passed, actual, bound) FROM check_binding(4, 1) WHERE code = 'move_limit'), 'f|moves: 2|1 in 31 days', 'check_binding');
SELECT is((SELECT concat_ws('|', passed, actual, bound) FROM check_binding(4, 1, '2010-07-16') WHERE code = 'move_limit'), 't|moves: 1|1 in 31 days', 'and of tomorrow');
SELECT is((SELECT remedy FROM check_binding(4, 1) WHERE code = 'move_limit'), 'Leave the client with whom it was until 2010-07-16.', 'its remedy is the day on which it passes');
CREATE TEMP TABLE wanted AS SELECT 4 AS organization_id, m AS manager_id FROM unnest(ARRAY[1, 2]) m;
SELECT is((SELECT string_agg(concat_ws(' ', manager_id, code), ', ') FROM check_bindings('wanted')), '1 move_limit', 'check_bindings');
SELECT ok(NOT EXISTS (SELECT FROM claimable(1) WHERE account_id = 4) AND EXISTS (SELECT FROM claimable(2) WHERE account_id = 4), 'claimable');
UPDATE policy SET max_moves = 0 WHERE max_moves = 1;
SELECT is((SELECT remedy FROM check_binding(4, 1) WHERE code = 'move_limit'), 'Have policy.max_moves raised: by it no client is moved.', 'where none is allowed no day helps');
SELECT is((SELECT string_agg(manager_id::text, ' ') FROM candidates(2)), NULL, 'candidates: nobody to move it to');
UPDATE policy SET max_moves = 4 WHERE max_moves = 0;
SELECT isnt((SELECT string_agg(manager_id::text, ' ') FROM candidates(2)), NULL, 'with a move left there are');

-- Beside a main manager who stays, what is supposed is the present one
SELECT org(10);
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (10, 1, '2010-01-01', '2010-02-01', false, 'unbind');
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (10, 1, '2010-02-01');
SELECT is((SELECT concat_ws('|', passed, actual, bound) FROM check_binding(10, 2) WHERE code = 'move_limit'), 't|moves: 1|4 in 31 days', 'a second main manager would be moved to');

SELECT * FROM finish();
ROLLBACK;
