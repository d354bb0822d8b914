-- Plain writes and the items they use: which one covers, which is taken, once.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(73);

SELECT count(org(id)) FROM generate_series(1, 60) id \gset
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(1, 9) id;
UPDATE rule SET enforcement = 'block';

-- What a statement breaks with an approved memo of some items, all undone.
CREATE FUNCTION tools.with_items(items text, VARIADIC statements text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    new_memo bigint;
    outcome text;
BEGIN
    new_memo := memo('wf_author', items);
    outcome := approved(new_memo, 'wf_director');
    IF outcome = 'approved' THEN
        outcome := does('wf_whole_analyst', VARIADIC statements);
    END IF;
    IF outcome = 'ok' THEN
        SELECT string_agg(i.item_no::text, ' ' ORDER BY i.item_no) || coalesce(' ' || nullif(state(new_memo), 'approved'), '') INTO outcome
        FROM kb.memo_item i
        WHERE i.memo_id = new_memo AND i.used_at IS NOT NULL;
    END IF;
    RAISE SQLSTATE 'KB000' USING MESSAGE = coalesce(outcome, 'ok');
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN SQLERRM;
END
$$;
CREATE FUNCTION tools.bind_sql(organization_id integer, manager_id integer, additional boolean DEFAULT false, exception text DEFAULT NULL)
RETURNS text LANGUAGE sql RETURN
    format('INSERT INTO kb.binding (organization_id, manager_id, additional, territory_exception) VALUES (%s, %s, %L, %L)', $1, $2, $3, $4);

-- Equal in kind, organization, managers, additional, and justification if named
SELECT is(with_items('bind 20 to 1', bind_sql(20, 1)), '1 applied', 'a bind');
SELECT is(with_items('bind 20 to 1', bind_sql(20, 2)), '23514 memo', 'to another manager');
SELECT is(with_items('bind 20 to 1', bind_sql(21, 1)), '23514 memo', 'of another organization');
SELECT is(with_items('bind 20 to 1', bind_sql(20, 1, true)), '23514 memo', 'an additional one');
SELECT is(with_items('bind 20 to 1 additional', bind_sql(20, 1, true)), '1 applied', 'that the memo asks for');
SELECT is(with_items('bind 20 to 1 additional', bind_sql(20, 1)), '23514 memo', 'is no main one');
SELECT is(with_items('bind 20 to 1', bind_sql(20, 1, exception => 'far')), '1 applied', 'with a justification that the memo does not name');
SELECT is(with_items('bind 20 to 1 because far', bind_sql(20, 1, exception => 'far')), '1 applied', 'with the one that it names');
SELECT is(with_items('bind 20 to 1 because far', bind_sql(20, 1, exception => 'near')), '23514 memo', 'with another');
SELECT is(with_items('bind 20 to 1 because far', bind_sql(20, 1)), '23514 memo', 'without');
SELECT is(with_items('move 1 from 1 to 2', 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1'), '1 applied', 'a move');
SELECT is(with_items('move 1 from 1 to 2', 'UPDATE kb.binding SET manager_id = 13 WHERE organization_id = 1'), '23514 memo', 'to another');
SELECT is(with_items('move 1 from 2 to 13', 'UPDATE kb.binding SET manager_id = 13 WHERE organization_id = 1'), '23514 memo', 'from another');
SELECT is(with_items('unbind 1 from 1', 'DELETE FROM kb.binding WHERE organization_id = 1'), '1 applied', 'an unbind');
SELECT is(with_items('unbind 1 from 1 additional', 'DELETE FROM kb.binding WHERE organization_id = 1'), '23514 memo', 'of a main binding that was additional in the memo');
SELECT is(with_items('bind 1 to 2', 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1'), '23514 memo', 'a bind is no move');
SELECT is(with_items('unbind 1 from 1, bind 1 to 2', 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1'), '23514 memo', 'nor an unbind and a bind');
SELECT is(with_items('move 1 from 1 to 2', 'DELETE FROM kb.binding WHERE organization_id = 1', bind_sql(1, 2)), '23514 memo', 'nor the other way round');
SELECT is(with_items('unbind 1 from 1, bind 1 to 2', 'DELETE FROM kb.binding WHERE organization_id = 1', bind_sql(1, 2)), '1 2 applied', 'they are two changes');

-- Whatever statement makes the change
SELECT is(with_items('unbind 1 from 1, bind 20 to 2', 'WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 1) ' || bind_sql(20, 2)), '1 2 applied', 'a CTE');
SELECT is(with_items('unbind 1 from 1', 'WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 1) ' || bind_sql(20, 2)), '23514 memo', 'half of it');
SELECT is(with_items('unbind 1 from 1, bind 20 to 1, move 2 from 1 to 2',
    'MERGE INTO kb.binding b USING (VALUES (1, NULL), (2, 2), (20, 1)) v (id, manager) ON b.organization_id = v.id
     WHEN MATCHED AND v.manager IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET manager_id = v.manager
     WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (v.id, v.manager)'), '1 2 3 applied', 'MERGE');
SELECT is(with_items('unbind 1 from 1, bind 20 to 1',
    'UPDATE kb.binding SET organization_id = 20 WHERE organization_id = 1'), '1 2 applied', 'another organization is an unbind and a bind');
SELECT is(with_items('bind 20 to 1', bind_sql(20, 1) || ' ON CONFLICT DO NOTHING'), '1 applied', 'ON CONFLICT');
SELECT is(with_items('bind 20 to 1', bind_sql(1, 1) || ' ON CONFLICT DO NOTHING'), 'ok', 'what is not done uses nothing');
SELECT is(with_items('bind 20 to 1', 'UPDATE kb.binding SET additional = additional'), 'ok', 'nor what changes nothing');
SELECT is(with_items('bind 1 to 1', 'UPDATE kb.binding SET bound_on = ''2010-07-01'' WHERE organization_id = 1'), '1 applied', 'another date is a bind');
SELECT is(with_items('bind 2 to 1', 'UPDATE kb.binding SET bound_on = ''2010-07-01'' WHERE organization_id = 1'), '23514 memo', 'that needs an item');
SELECT is(with_items('bind 1 to 1 additional', 'UPDATE kb.binding SET additional = true WHERE organization_id = 1'), '1 applied', 'and so is an additional one');
SELECT is(with_items('bind 1 to 1 because far', 'UPDATE kb.binding SET territory_exception = ''far'' WHERE organization_id = 1'), '1 applied', 'and a justification');
SELECT is(with_items('unbind 1 from 1, bind 1 to 1', 'WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 1) SELECT', bind_sql(1, 1)), '1 2 applied', 'ended and made again');
SELECT is(with_items('bind 20 to 1, bind 21 to 1, bind 22 to 1', 'INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(20, 22) id'), '1 2 3 applied', 'many at once');
SELECT is(with_items('bind 20 to 1, bind 22 to 1', 'INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(20, 22) id'), '23514 memo', 'all or none');

-- The oldest, once
SELECT memo('wf_author', 'bind 30 to 1, bind 31 to 1') AS first \gset
SELECT memo('wf_author', 'bind 30 to 1, bind 30 to 1') AS second \gset
SELECT is(approved(:second, 'wf_director'), 'approved', 'the second memo is approved first');
SELECT is(does('wf_analyst', bind_sql(30, 1)), 'ok', 'a bind');
SELECT is((SELECT string_agg(concat_ws('/', memo_id - :first, item_no), ' ') FROM memo_item WHERE organization_id = 30 AND used_at IS NOT NULL), '1/1', 'uses the oldest approved item');
SELECT is(approved(:first, 'wf_director'), 'approved', 'now the first is approved too');
CREATE FUNCTION tools.again() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kb.rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
    SET LOCAL session_replication_role = replica;
    DELETE FROM kb.binding WHERE organization_id = 30;
    SET LOCAL session_replication_role = origin;
    UPDATE kb.rule SET enforcement = 'block';
    RETURN does('wf_analyst', bind_sql(30, 1));
END
$$;
SELECT is(again(), 'ok', 'the next');
SELECT is((SELECT string_agg(concat_ws('/', memo_id - :first, item_no), ' ' ORDER BY memo_id, item_no) FROM memo_item WHERE organization_id = 30 AND used_at IS NOT NULL), '0/1 1/1', 'uses the older memo');
SELECT is(again(), 'ok', 'and the third');
SELECT is((SELECT string_agg(concat_ws('/', memo_id - :first, item_no), ' ' ORDER BY memo_id, item_no) FROM memo_item WHERE organization_id = 30 AND used_at IS NOT NULL), '0/1 1/1 1/2', 'the last item');
SELECT is(again(), '23514 memo', 'a fourth has none');
SELECT is(state(:first) || ' ' || state(:second), 'approved applied', 'a memo is applied with its last item');

-- Under warn and off a covering item is used all the same.
SELECT memo('wf_author', 'bind 33 to 1, bind 34 to 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'approved');
UPDATE rule SET enforcement = 'warn' WHERE code IN ('memo', 'approval', 'applicant');
SELECT is(does('wf_analyst', bind_sql(33, 1)), 'ok', 'under warn');
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
SELECT is(does('wf_analyst', bind_sql(34, 1)), 'ok', 'under off');
SELECT is(state(:id), 'applied', 'the items are used');
SELECT is((SELECT count(*) FROM binding_log WHERE memo_id = :id)::integer, 2, 'and named in the log');
UPDATE rule SET enforcement = 'block';

-- What is undone is unused.
SELECT memo('wf_author', 'bind 35 to 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'approved');
SAVEPOINT before;
SELECT is(does('wf_analyst', bind_sql(35, 1)), 'ok', 'used');
ROLLBACK TO before;
SELECT is(state(:id), 'approved', 'undone');
SELECT is(does('wf_analyst', bind_sql(35, 1)), 'ok', 'used again');

-- No setting opens the door.
SELECT is(does('wf_analyst', 'SET LOCAL kbnorms.today = ''2009-01-01''', bind_sql(36, 1)), '42501', 'the day is not an analyst''s to set');
SELECT is(does('wf_analyst', 'SET LOCAL session_replication_role = replica', bind_sql(36, 1)), '42501', 'nor are the triggers');
SELECT is(does('wf_analyst', 'SELECT kbnorms.import_rows(''kb'', ARRAY[36], ARRAY[1], ARRAY[date ''2010-07-01''], ARRAY[false], ARRAY[NULL])'), '42501', 'an import is the owner''s');
SELECT is(does('wf_analyst', 'SELECT kbnorms.release_bindings(''kb'', ''2010-07-15'', ARRAY[1])'), '42501', 'and so is a release');

-- The error names the memo that almost fits.
CREATE FUNCTION tools.almost(organization_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT replace(c.actual, (SELECT max(m.id) FROM kb.memo m)::text, 'last') FROM kb.check_binding(almost.organization_id, 1) c WHERE c.code = 'memo');
SELECT is(almost(38), 'no memo item', 'there is none');
SELECT memo('wf_author', 'bind 38 to 2') AS id \gset
SELECT is(almost(38), 'memo last item 1 is about another manager, head or kind of binding', 'one about somebody else');
SELECT memo('wf_author', 'bind 39 to 1, bind 38 to 1') AS id \gset
SELECT is(almost(38), 'memo last item 2 is a draft', 'a draft comes nearer');
SELECT is(approved(:id), 'submitted', 'submitted');
SELECT is(almost(38), 'memo last item 2 is not approved, it lacks the word of sales_director over unit 2', 'it says whose word is missing');
SELECT is(does('wf_author', 'SELECT kb.reject_memo(' || :id || ', ''no'')'), 'ok', 'taken back');
SELECT is(almost(38), 'memo last item 2 is rejected', 'a rejected one');

-- check_binding says the same for the role that asks.
CREATE FUNCTION tools.checked(role_name text, organization_id integer, manager_id integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    PERFORM set_config('role', role_name, true);
    SELECT string_agg(code || ' ' || passed, ', ' ORDER BY code) INTO answer
    FROM kb.check_binding(checked.organization_id, checked.manager_id) WHERE code IN ('memo', 'approval', 'applicant');
    PERFORM set_config('role', 'none', true);
    RETURN answer;
END
$$;
SELECT is(checked('wf_analyst', 37, 1), 'applicant true, approval true, memo false', 'without a memo');
SELECT memo('wf_author', 'bind 37 to 1') AS id \gset
SELECT is(approved(:id), 'submitted', 'one that waits');
SELECT is(checked('wf_analyst', 37, 1), 'applicant true, approval true, memo false', 'is none yet');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(' || :id || ')'), 'ok', 'approved');
SELECT is(checked('wf_analyst', 37, 1), 'applicant true, approval true, memo true', 'the analyst may');
SELECT is(checked('wf_analyst_2', 37, 1), 'applicant false, approval true, memo true', 'one of another region may not');

-- What a company adds to the tables holds for what the engine writes there.
ALTER TABLE memo_item ADD COLUMN is_open boolean GENERATED ALWAYS AS (used_at IS NULL) STORED;
ALTER TABLE memo ADD COLUMN is_done boolean GENERATED ALWAYS AS (state = 'applied') STORED;
CREATE FUNCTION tools.may_be_used(item kb.memo_item) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN item.used_at IS NULL OR item.organization_id <> 59;
ALTER TABLE memo_item ADD CONSTRAINT own CHECK (tools.may_be_used(memo_item));
SELECT memo('wf_author', 'bind 58 to 1') AS id \gset
SELECT is(approved(:id, 'wf_director') || ' ' || does('wf_whole_analyst', bind_sql(58, 1)), 'approved ok', 'with generated columns');
SELECT is((SELECT is_open FROM memo_item WHERE memo_id = :id), false, 'that of an item is made anew');
SELECT is((SELECT is_done FROM memo WHERE id = :id), true, 'and that of its memo');
SELECT is(with_items('bind 59 to 1', bind_sql(59, 1)), '23514 own', 'a check of the whole row');

SELECT * FROM finish();
ROLLBACK;
