-- Attribute 140 under memos: linking and unlinking by whatever write, and what
-- counts afterwards.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(34);

SELECT count(org(id)) FROM generate_series(1, 60) id \gset
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
UPDATE organization SET head_id = 1 WHERE id IN (2, 3);
UPDATE organization SET head_id = 10 WHERE id = 11;
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1), (3, 21), (4, 1), (4, 22), (5, 21), (10, 22)
ON CONFLICT DO NOTHING;
UPDATE rule SET enforcement = 'block';

-- Run statements with an approved memo of some items, and undo both.
CREATE FUNCTION tools.linking(items text, VARIADIC statements text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    new_memo bigint;
    outcome text;
BEGIN
    new_memo := memo('wf_author', items);
    outcome := approved(new_memo);
    IF outcome = 'approved' THEN
        outcome := does('wf_analyst', VARIADIC statements);
    END IF;
    IF outcome = 'ok' THEN
        outcome := state(new_memo) || ' ' || (SELECT string_agg(concat_ws(' ', l.change, l.organization_id, l.head_id), ', ' ORDER BY l.id) FROM kb.binding_log l WHERE l.memo_id = new_memo);
    END IF;
    RAISE SQLSTATE 'KB000' USING MESSAGE = coalesce(outcome, 'ok');
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN SQLERRM;
END
$$;

SELECT is(linking('link 20 head 21', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), 'applied link 20 21', 'a link');
SELECT is(linking('link 20 head 22', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), '23514 memo', 'to the head that the memo names');
SELECT is(linking('link 21 head 20', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), '23514 memo', 'not the other way round');
SELECT is(linking('unlink 2 head 1', 'UPDATE kb.organization SET head_id = NULL WHERE id = 2'), 'applied unlink 2 1', 'an unlink names the old head');
SELECT is(linking('unlink 2 head 10', 'UPDATE kb.organization SET head_id = NULL WHERE id = 2'), '23514 memo', 'and no other');
SELECT is(linking('link 2 head 1', 'UPDATE kb.organization SET head_id = NULL WHERE id = 2'), '23514 memo', 'a link is no unlink');
SELECT is(linking('unlink 2 head 1, link 2 head 10', 'UPDATE kb.organization SET head_id = 10 WHERE id = 2'), 'applied unlink 2 1, link 2 10', 'another head is both');
SELECT is(linking('link 2 head 10', 'UPDATE kb.organization SET head_id = 10 WHERE id = 2'), '23514 memo', 'and needs both items');
SELECT is(linking('link 70 head 1', 'INSERT INTO kb.organization (id, name, head_id) VALUES (70, ''New'', 1)'), 'applied link 70 1', 'a new one with a head');
SELECT is(linking('link 71 head 1', 'INSERT INTO kb.organization (id, name, head_id) VALUES (70, ''New'', 1)'), '23514 memo', 'whose number the memo names beforehand');
SELECT is(linking('link 70 head 1', 'INSERT INTO kb.organization (id, name) VALUES (71, ''New'')'), 'ok', 'one without a head needs no memo');
SELECT is(linking('link 20 head 21, link 22 head 21', 'UPDATE kb.organization SET head_id = 21 WHERE id IN (20, 22)'), 'applied link 20 21, link 22 21', 'two at once');
SELECT is(linking('link 20 head 21', 'UPDATE kb.organization SET head_id = 21 WHERE id IN (20, 22)'), '23514 memo', 'both or none');
SELECT is(linking('link 20 head 21', 'SELECT kb.apply_memo(max(id)) FROM kb.memo'), 'applied link 20 21', 'by apply_memo');
SELECT is(linking('unlink 2 head 1, link 2 head 10', 'SELECT kb.apply_memo(max(id)) FROM kb.memo'), 'applied unlink 2 1, link 2 10', 'another head by apply_memo');
SELECT is(linking('link 20 head 2', 'SELECT kb.apply_memo(max(id)) FROM kb.memo'), '23514 link', 'a chain is refused by structure');
SELECT is(linking('link 1 head 20', 'UPDATE kb.organization SET head_id = 20 WHERE id = 1'), '23514 link', 'of either kind');
SELECT is(linking('link 20 head 20', 'UPDATE kb.organization SET head_id = 20 WHERE id = 20'), '23514 link', 'as is a self-link');
SELECT is(linking('link 20 head 21, link 21 head 20', 'UPDATE kb.organization SET head_id = 41 - id WHERE id IN (20, 21)'), '23514 link', 'or a loop');

-- Any client analyst, and nobody else
SELECT memo('wf_author', 'link 20 head 21, link 22 head 21, link 23 head 21') AS id \gset
SELECT is(approved(:id), 'approved', 'a memo of links');
SELECT is(does('wf_centre', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), '42501 applicant', 'the centre links nothing');
SELECT is(does('wf_director', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), '42501', 'nor does a director');
SELECT is(does('postgres', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), '42501 applicant', 'or a superuser');
SELECT is(does('wf_analyst', 'UPDATE kb.organization SET head_id = 21 WHERE id = 20'), 'ok', 'one analyst does');
SELECT is(does('wf_analyst_2', 'UPDATE kb.organization SET head_id = 21 WHERE id = 22'), 'ok', 'and one of another region');

-- The account's figures follow in every base that it touches.
CREATE FUNCTION tools.accounts(manager_id integer) RETURNS bigint LANGUAGE sql
BEGIN ATOMIC
SELECT count(DISTINCT o.account_id) FROM kb.binding b JOIN kb.organization o ON o.id = b.organization_id WHERE b.manager_id = accounts.manager_id;
END;
INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('universal', 12, '2010-07-15', 2);
SELECT is(format('%s %s %s', accounts(1), accounts(21), accounts(22)), '2 2 1', 'accounts of three bases');
SELECT is(linking('unlink 2 head 1', 'UPDATE kb.organization SET head_id = NULL WHERE id = 2'), '23514 base_size', 'an unlink that makes a third account in a full base is refused');
SELECT is(linking('unlink 3 head 1', 'UPDATE kb.organization SET head_id = NULL WHERE id = 3'), 'applied unlink 3 1', 'one that raises nobody''s count is not');
SELECT memo('wf_author', 'link 4 head 1') AS id \gset
SELECT is(approved(:id), 'approved', 'a link of two accounts of one base');
SELECT is(does('wf_analyst', 'UPDATE kb.organization SET head_id = 1 WHERE id = 4'), 'ok', 'is made');
SELECT is(format('%s %s %s', accounts(1), accounts(21), accounts(22)), '1 2 1', 'there it is one account now');
SELECT memo('wf_author', 'bind 40 to 1') AS id \gset
SELECT is(approved(:id, 'wf_director'), 'approved', 'a bind into the place that the link has made');
SELECT is(does('wf_analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (40, 1)'), 'ok', 'passes at once');
SELECT is(linking('unlink 4 head 1', 'UPDATE kb.organization SET head_id = NULL WHERE id = 4'), '23514 base_size', 'which takes the place of the way back');

SELECT * FROM finish();
ROLLBACK;
