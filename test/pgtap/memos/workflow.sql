-- The life of a memo: who may take which step, and what each leaves behind.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(70);

SELECT count(org(id)) FROM generate_series(1, 40) id \gset

-- A draft
SELECT is(does('wf_author', 'INSERT INTO kb.memo (reason) VALUES (''because'')'), 'ok', 'an author writes a memo');
SELECT is((SELECT (state, author, reason)::text FROM memo), '(draft,wf_author,because)', 'a draft in his name');
SELECT is(does('wf_reader', 'INSERT INTO kb.memo (reason) VALUES (''because'')'), '42501', 'a reader writes none');
SELECT is(does('wf_analyst', 'INSERT INTO kb.memo (reason) VALUES (''because'')'), '42501', 'nor does an analyst');
SELECT is(does('wf_author', 'INSERT INTO kb.memo (reason) VALUES ('' '')'), '23514 memo_reason_not_blank', 'its reason is not blank');
SELECT is(does('wf_author', 'INSERT INTO kb.memo (reason, state) VALUES (''because'', ''approved'')'), '42501', 'its state is not written');
SELECT is(does('wf_author', 'INSERT INTO kb.memo (reason, author) VALUES (''because'', ''wf_director'')'), '42501', 'nor its author');
GRANT ALL ON memo, memo_item, memo_approval, authority, rule TO wf_stranger, wf_author;
SELECT is(does('wf_stranger', 'INSERT INTO kb.memo (reason, state) VALUES (''because'', ''approved'')'), '42501', 'whatever has been granted');
SELECT is(does('wf_stranger', 'INSERT INTO kb.memo (reason, author) VALUES (''because'', ''wf_author'')'), '42501', 'nobody writes in another''s name');
SELECT is(does('wf_stranger', 'INSERT INTO kb.memo_approval (memo_id, capacity, role_name, approved) VALUES (1, ''sales_director'', ''wf_director'', true)'),
    '42501', 'or approvals by hand');
SELECT is(does('wf_stranger', 'INSERT INTO kb.authority (role_name, capacity) VALUES (''wf_stranger'', ''centre'')'), '42501', 'or himself authority');
SELECT is(does('wf_stranger', 'UPDATE kb.rule SET enforcement = ''off'''), '42501', 'or switches rules off');
SELECT is(does('wf_author', 'UPDATE kb.memo SET state = ''approved'''), '42501', 'or approves by hand');
SELECT is(does('wf_author_2', 'UPDATE kb.memo SET reason = ''other'''), '42501', 'another author leaves a draft alone');
SELECT is(does('wf_author', 'UPDATE kb.memo SET reason = ''other'''), 'ok', 'its own edits it');
SELECT is(does('wf_author_2', 'INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (1, 1, ''bind'', 1, 1)'),
    '42501', 'another adds no item');
SELECT is(does('wf_author', 'SELECT kb.submit_memo(1)'), '55000', 'without items it is not submitted');
SELECT is(does('wf_author', 'INSERT INTO kb.memo_item (memo_id, item_no, change, to_manager_id) VALUES (1, 1, ''bind'', 1)', 'SELECT kb.submit_memo(1)'),
    '55000', 'nor with an item that names no organization');
SELECT is(does('wf_author', 'INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (1, 1, ''bind'', 1, 1)'),
    'ok', 'its own does');
SELECT is(does('wf_author', 'INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id, used_at) VALUES (1, 2, ''bind'', 1, 1, now())'),
    '55000', 'an item of a draft is not used');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(1)'), '55000', 'a draft is not approved');
SELECT is(does('wf_author', 'SELECT kb.reject_memo(1, ''no'')'), '42501', 'nor rejected by its author');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(1)'), '55000', 'nor applied');

-- Submission
SELECT is(does('wf_author_2', 'SELECT kb.submit_memo(1)'), '42501', 'another does not submit it');
SELECT is(does('wf_analyst', 'SELECT kb.submit_memo(1)'), '42501', 'an analyst submits none');
SELECT is(does('wf_author', 'SELECT kb.submit_memo(99)'), 'P0002', 'there is no such memo');
SELECT is(does('wf_author', 'INSERT INTO kb.memo DEFAULT VALUES', 'SELECT kb.submit_memo(max(id)) FROM kb.memo'), '23514 memo_reason_given',
    'a reason is needed at submission');
SELECT is(does('wf_author', 'SELECT kb.submit_memo(1)'), 'ok', 'its author submits it');
SELECT is(state(1), 'submitted', 'it waits');
SELECT is(words(1), 'sales_director 2', 'for the director of the region');
SELECT is((SELECT string_agg(format('%s %s %s %s %s', memo_id, capacity, unit_id, unit_name, role_names), ';') FROM memo_queue),
    '1 sales_director 2 Region wf_deputy, wf_director', 'the queue says so');
SELECT is(does('wf_author', 'UPDATE kb.memo_item SET to_manager_id = 2 WHERE memo_id = 1'), '55000', 'its items do not change');
SELECT is(does('wf_author', 'DELETE FROM kb.memo_item WHERE memo_id = 1'), '55000', 'nor go');
SELECT is(does('wf_author', 'INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (1, 2, ''bind'', 2, 1)'),
    '55000', 'nor are there more');
SELECT is(does('postgres', 'INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (1, 2, ''bind'', 2, 1)'),
    '55000', 'not even from the owner');
SELECT is(does('wf_author', 'UPDATE kb.memo SET reason = ''else'' WHERE id = 1'), '55000', 'nor does its reason');
SELECT is(does('wf_author', 'DELETE FROM kb.memo WHERE id = 1'), '55000', 'it does not go');
SELECT is(does('postgres', 'UPDATE kb.memo SET state = ''draft'' WHERE id = 1'), '55000', 'nor back to a draft');
SELECT is(does('postgres', 'UPDATE kb.memo SET state = ''applied'' WHERE id = 1'), '55000', 'nor past its approval');

-- Approval
SELECT is(does('wf_author', 'SELECT kb.approve_memo(1)'), '42501', 'its author does not approve it');
SELECT is(does('wf_director_2', 'SELECT kb.approve_memo(1)'), '42501', 'nor the director of another region');
SELECT is(does('wf_centre_sales', 'SELECT kb.approve_memo(1)'), '42501', 'nor another capacity');
SELECT is(does('postgres', 'SELECT kb.approve_memo(1)'), '42501', 'nor a superuser');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(1)'), '55000', 'it is not applied before');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(1)'), 'ok', 'the director does');
SELECT is(state(1), 'approved', 'that is all it needs');
SELECT is((SELECT (capacity, unit_id, role_name, decided_by, approved)::text FROM memo_approval), '(sales_director,2,wf_director,wf_director,t)',
    'who said so stands in the approvals');
SELECT is((SELECT count(*) FROM memo_queue)::integer, 0, 'nothing waits any more');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(1)'), 'ok', 'to say it again');
SELECT is((SELECT count(*) FROM memo_approval)::integer, 1, 'adds nothing');
SELECT is(does('wf_author', 'SELECT kb.submit_memo(1)'), '55000', 'it is not submitted again');

-- Application
SELECT is(does('wf_author', 'SELECT kb.apply_memo(1)'), '42501', 'the author does not apply it');
SELECT is(does('wf_analyst_2', 'SELECT kb.apply_memo(1)'), '42501 applicant', 'nor an analyst of another region');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(1)'), 'ok', 'an analyst of the region does');
SELECT is((SELECT manager_id FROM binding WHERE organization_id = 1), 1, 'the client is bound');
SELECT is((SELECT format('%s %s %s', change, memo_id, changed_by) FROM binding_log WHERE organization_id = 1), 'bind 1 wf_analyst',
    'the log names memo and role');
SELECT is(state(1), 'applied', 'the memo is applied');
SELECT is(does('wf_analyst', 'SELECT kb.apply_memo(1)'), '55000', 'once');
SELECT is(does('wf_director', 'SELECT kb.reject_memo(1, ''late'')'), '55000', 'and not rejected afterwards');
SELECT is((SELECT string_agg(step || ' ' || done_by, ', ' ORDER BY step) FROM memo_history WHERE memo_id = 1),
    'applied wf_analyst, approved wf_director, draft wf_author, submitted wf_author, word wf_director', 'every step names who took it');

-- Rejection
SELECT is(approved(memo('wf_author', 'bind 2 to 1')), 'submitted', 'another memo');
SELECT is(does('wf_director', 'SELECT kb.reject_memo(max(id), '' '') FROM kb.memo'), '22023', 'is not rejected without a word why');
SELECT is(does('wf_director_2', 'SELECT kb.reject_memo(max(id), ''no'') FROM kb.memo'), '42501', 'nor by whom it does not concern');
SELECT is(does('wf_director', 'SELECT kb.reject_memo(max(id), ''no'') FROM kb.memo'), 'ok', 'but by its director');
SELECT is((SELECT (capacity, role_name, approved, why)::text FROM memo_approval ORDER BY id DESC LIMIT 1), '(sales_director,wf_director,f,no)', 'who says why');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(max(id)) FROM kb.memo'), '55000', 'it is over');
SELECT is(does('wf_analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 1)'), '23514 memo', 'it covers nothing');
SELECT is(approved(memo('wf_author', 'link 2 head 1')), 'approved', 'a link is approved by being submitted');
SELECT is(does('wf_director', 'SELECT kb.approve_memo(max(id)) FROM kb.memo'), '42501', 'it needs nobody''s word');
SELECT is(does('wf_author', 'SELECT kb.reject_memo(max(id), ''by mistake'') FROM kb.memo'), 'ok', 'its author may take it back');

SELECT * FROM finish();
ROLLBACK;
