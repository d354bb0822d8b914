-- A pair that one row of a statement ends and another makes again: an end for
-- the history, so that a move of the main binding is not dated back beside it.
BEGIN;
\ir company.psql
SELECT plan(4);

SELECT org(1);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (1, 1, '2010-05-30');
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (1, 8, '2010-05-30', true);

PREPARE two_moves (date) AS
UPDATE kb.binding b SET manager_id = v.taker, bound_on = $1
FROM (VALUES (1, 2), (8, 1)) AS v (giver, taker)
WHERE b.organization_id = 1 AND b.manager_id = v.giver;

SELECT is(broken('UPDATE kb.binding SET manager_id = 2, bound_on = ''2010-07-14'' WHERE manager_id = 1'), 'multiple',
    'a move dated back');
SELECT is(broken('EXECUTE two_moves (''2010-07-14'')'), 'multiple',
    'a move dated back while an additional binding comes to the giver');
SELECT is(broken('EXECUTE two_moves (''2010-07-15'')'), 'passes', 'both today');
SELECT is((SELECT count(*) FROM holding WHERE organization_id = 1 AND NOT additional AND held_until IS NULL), 1::bigint,
    'one main holder');

SELECT * FROM finish();
ROLLBACK;
