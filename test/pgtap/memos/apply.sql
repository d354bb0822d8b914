-- apply_memo and add_account: all changes of a memo, or none.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(35);

SELECT count(org(id)) FROM generate_series(1, 60) id \gset
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
UPDATE organization SET head_id = 1 WHERE id IN (2, 3, 4);
UPDATE organization SET head_id = 30 WHERE id IN (31, 32);
UPDATE organization SET head_id = 40 WHERE id = 41;
INSERT INTO binding (organization_id, manager_id, additional) VALUES
    (1, 1, false), (2, 1, false), (3, 1, true), (4, 2, false), (10, 1, false), (11, 1, false), (12, 2, false), (30, 1, false), (16, 1, false);
UPDATE rule SET enforcement = 'block';

-- A whole client
CREATE FUNCTION tools.draft() RETURNS bigint LANGUAGE sql RETURN tools.memo('wf_author', '');
CREATE FUNCTION tools.add(call text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    new_memo CONSTANT bigint := draft();
    outcome CONSTANT text := does('wf_author', format('SELECT kb.add_account(%s, %s)', new_memo, call));
BEGIN
    RETURN CASE outcome WHEN 'ok' THEN (
        SELECT string_agg(concat_ws(' ', i.item_no, i.change, i.organization_id, i.from_manager_id, i.to_manager_id, nullif(i.additional, false)), ', ' ORDER BY i.item_no)
        FROM kb.memo_item i WHERE i.memo_id = new_memo)
    ELSE outcome END;
END
$$;
SELECT is(add('''move'', 2, 1, 2'), '1 move 1 1 2, 2 move 2 1 2, 3 move 3 1 2 t', 'whatever a manager holds of a client moves');
SELECT is(add('''unbind'', 1, 1'), '1 unbind 1 1, 2 unbind 2 1, 3 unbind 3 1 t', 'or is unbound');
SELECT is(add('''bind'', 31, NULL, 2'), '1 bind 31 2, 2 bind 32 2', 'what has no main manager is bound');
SELECT is(add('''bind'', 40, to_manager_id => 2'), '1 bind 40 2, 2 bind 41 2', 'all of one out of the pool');
SELECT is(add('''bind'', 10, NULL, 2'), '55000', 'nothing is left to bind');
SELECT is(add('''move'', 10, 2, 1'), '55000', 'nor to move from whom does not hold it');
SELECT is(add('''link'', 10'), '22023', 'links are written one by one');
SELECT is(add('''bind'', 99, NULL, 1'), '23503', 'an organization has to be there');
SELECT is(add('''bind'', 50'), '23514 memo_item_change', 'and somebody to bind it to');
SELECT is(does('wf_author_2', format('SELECT kb.add_account(%s, ''bind'', 50, NULL, 1)', draft())), '42501', 'only its author writes a memo');

-- Everything at once
SELECT memo('wf_author', 'unlink 41 head 40, link 42 head 40, unbind 10 from 1, move 11 from 1 to 2, bind 43 to 1, bind 10 to 2 because why, bind 12 to 21 additional') AS id \gset
SELECT is(words(:id), 'centre_sales 32, sales_director 2, sales_director 30', 'a memo with every kind of change');
SELECT is(approved(:id, 'wf_director', 'wf_director_2', 'wf_centre_sales'), 'approved', 'approved');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), '42501 applicant', 'an analyst of one region does not apply what is another''s');
SELECT is((SELECT count(*) FROM binding_log WHERE memo_id = :id)::integer, 0, 'and nothing is done');
SELECT is(does('wf_whole_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'one of the whole tree does');
SELECT is((SELECT string_agg(concat_ws(' ', organization_id, manager_id, nullif(additional, false), territory_exception), ', ' ORDER BY organization_id, manager_id)
    FROM binding WHERE organization_id IN (10, 11, 12, 43)), '10 2 why, 11 2, 12 2, 12 21 t, 43 1', 'bindings are as it said');
SELECT is((SELECT string_agg(concat_ws(' ', id, head_id), ', ' ORDER BY id) FROM organization WHERE id IN (41, 42)), '41, 42 40', 'and links');
SELECT is((SELECT count(*) FROM binding_log WHERE memo_id = :id)::integer, 8, 'each change is logged with it');
SELECT is((SELECT count(*) FROM memo_item WHERE memo_id = :id AND used_at IS NULL)::integer, 0, 'each item is used');
SELECT is(state(:id), 'applied', 'and so is the memo');
SELECT is((SELECT count(DISTINCT changed_by)::text || min(changed_by) FROM binding_log WHERE memo_id = :id), '1wf_whole_analyst', 'by the analyst');

-- All or none
SELECT memo('wf_author', 'bind 44 to 1, unbind 13 from 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'a memo with a change that cannot be made');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), '55000', 'is not applied');
SELECT is((SELECT count(*) FROM binding WHERE organization_id = 44)::integer, 0, 'not in part either');
SELECT memo('wf_author', 'bind 44 to 1, bind 45 to 9') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'one with a change that a rule refuses');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), '23514 personal', 'is refused by that rule');
SELECT is((SELECT count(*) FROM binding WHERE organization_id = 44)::integer, 0, 'not in part either');
SELECT is(does('wf_analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (44, 1)'), 'ok', 'its items serve plain writes');
SELECT is(state(:id), 'approved', 'one after the other');

-- A bind of what is bound changes what is said of it.
SELECT memo('wf_author', 'bind 3 to 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'an additional binding is to become the main one');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), 'ok', 'applied');
SELECT is((SELECT additional FROM binding WHERE organization_id = 3), false, 'it is one');
SELECT memo('wf_author', 'bind 16 to 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'a bind of what is bound just so');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(' || :id || ')'), '55000', 'changes nothing and is refused');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(4711)'), 'P0002', 'a memo that is not there');

SELECT * FROM finish();
ROLLBACK;
