-- Additional managers under memos: whose words, whose base counts them, and what
-- is left when the main binding ends or moves.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(33);

SELECT count(org(id)) FROM generate_series(1, 60) id \gset
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(1, 9) id;
UPDATE rule SET enforcement = 'block';
CREATE FUNCTION tools.held(organization_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', b.manager_id, nullif(b.additional, false)), ', ' ORDER BY b.manager_id) FROM kb.binding b WHERE b.organization_id = held.organization_id);
CREATE FUNCTION tools.counted(manager_id integer) RETURNS numeric LANGUAGE sql
RETURN (SELECT c.actual FROM kb.compliance('2010-07') c WHERE c.manager_id = counted.manager_id AND c.measure = 'base_size');

-- Whose words: the region's own, and the centre's sales for another cluster
SELECT memo('wf_author', 'bind 1 to 2 additional') AS id \gset
SELECT is(words(:id), 'sales_director 2', 'beside a holder of the same cluster: the director');
SELECT is(approved(:id, 'wf_director'), 'approved', 'he approves');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'an additional manager');
SELECT is(held(1), '1, 2 t', 'is marked as one');
SELECT is((SELECT (additional, memo_id = :id)::text FROM binding_log WHERE organization_id = 1 ORDER BY id DESC LIMIT 1), '(t,t)', 'in the log too');
SELECT is(counted(1) || ' ' || counted(2), '9 1', 'each manager''s base counts the account');
SELECT memo('wf_author', 'bind 2 to 22 additional') AS id \gset
SELECT is(words(:id), 'centre_sales 34, sales_director 2', 'of another cluster: the centre''s sales too');
SELECT memo('wf_author', 'bind 2 to 21 additional') AS id \gset
SELECT is(words(:id), 'centre_sales 32, sales_director 30', 'of another region: its own director, for another holder is no side');
SELECT is(approved(:id, 'wf_director_2'), 'submitted', 'the director of that region alone is not enough');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(' || :id || ')'), '42501', 'nor is the other holder''s of any account');
SELECT is(does('wf_centre_sales', 'SELECT kb.approve_memo(' || :id || ')'), 'ok', 'the centre''s sales are');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), '42501 applicant', 'an analyst of the other holder''s region does not apply it');
SELECT is(does('wf_analyst_2', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'one of the new side''s does');
SELECT is(held(2), '1, 21 t', 'two holders of two regions');
SELECT memo('wf_author', 'move 3 from 1 to 22') AS id \gset
SELECT is(words(:id), 'sales_director 2', 'whom it is taken from is no other holder');
SELECT memo('wf_author', 'bind 20 to 22 additional') AS id \gset
SELECT is(words(:id), 'sales_director 2', 'without another holder nothing more is needed');
SELECT memo('wf_author', 'bind 4 to 13 additional') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'one of the same office');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), '23514 multiple', 'is refused by its rule all the same');

-- A move between holders beside a third
SELECT memo('wf_author', 'move 2 from 21 to 22 additional') AS id \gset
SELECT is(words(:id), 'centre_sales 34, sales_director 2, sales_director 30', 'a move of the additional one: both regions, and beside the main one');
SELECT is(approved(:id, 'wf_director', 'wf_director_2', 'wf_centre_sales'), 'approved', 'approved');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'it moves');
SELECT is(held(2), '1, 22 t', 'and stays additional');

-- Ending or moving the main one
SELECT memo('wf_author', 'unbind 1 from 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'the main binding is to end');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'it does');
SELECT is(held(1), '2 t', 'the additional one stays as it is');
SELECT memo('wf_author', 'bind 1 to 2') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'a memo makes it the main one');
SELECT is(does('wf_analyst', 'UPDATE kb.binding SET additional = false WHERE organization_id = 1'), 'ok', 'by a plain write');
SELECT is(held(1) || ' ' || state(:id), '2 applied', 'it is');
SELECT memo('wf_author', 'move 2 from 1 to 2') AS id \gset
SELECT is(approved(:id, 'wf_director', 'wf_centre_sales'), 'approved', 'the main one is to move beside one of another cluster');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'it does');
SELECT is(held(2), '2, 22 t', 'and the additional one stays');
SELECT memo('wf_author', 'unbind 2 from 22 additional') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'its end');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'needs the side''s director alone');

SELECT * FROM finish();
ROLLBACK;
