-- What a statement costs grows with its rows, also where all of them are wrong.
-- The limit of time is dozens of times what each takes, and a fraction of what
-- each took when it grew with the square.
BEGIN;
\ir company.psql
SELECT plan(5);
INSERT INTO organization (id, name, client_group, potential, city) SELECT id, 'Dealer', 'dealer', 'A', 'Moscow' FROM generate_series(1, 4000) AS id;
INSERT INTO organization (id, name, client_group, potential, city) SELECT id, 'Branch', 'emo', 'C', 'Moscow' FROM generate_series(10001, 14000) AS id;
UPDATE organization SET head_id = 10001 WHERE id BETWEEN 10002 AND 14000;
SET LOCAL statement_timeout = '8s';

SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 7 FROM generate_series(1, 4000) AS id'), 'base_size',
    'four thousand accounts of a capped group for one manager');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(10001, 14000) AS id'), 'potential',
    'four thousand organizations of one account out of the pool');
INSERT INTO binding (organization_id, manager_id) SELECT id, 8 FROM generate_series(10001, 14000) AS id;
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE manager_id = 8'), 'passes', 'moved to another manager');
SELECT is(broken('DELETE FROM kb.binding', 'UPDATE kb.organization SET head_id = NULL'), 'passes', 'unbound and unlinked');
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE manager_id = 8', 'UPDATE kb.organization SET head_id = NULL'), 'base_size', 'unlinked while bound');

SELECT * FROM finish();
ROLLBACK;
