-- The remedies of memo, approval and applicant, followed as they say: whoever
-- they name does what they say, and the rule passes.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(21);
SELECT org(1), org(2, 'chain'), org(3), org(4), org(5, 'chain');
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO binding (organization_id, manager_id) VALUES (3, 21);
UPDATE rule SET enforcement = 'block';
GRANT wf_author TO wf_author_2;

CREATE FUNCTION tools.remedy(organization_id integer, manager_id integer, code text) RETURNS text LANGUAGE sql
RETURN (SELECT c.remedy FROM kb.check_binding($1, $2) c WHERE c.code = $3);

-- Do what a remedy of memo or approval says; what was done.
CREATE FUNCTION tools.follow(remedy text, author text DEFAULT 'wf_author') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    memo_id bigint := substring(remedy FROM '\((\d+)\)|memo (\d+)');
    item text := substring(remedy FROM 'the item \((.*?)\)');
    word text[];
    outcome text := 'ok';
    done text := '';
BEGIN
    memo_id := coalesce(memo_id, substring(remedy FROM 'memo (\d+)')::bigint);
    IF item IS NOT NULL THEN
        INSERT INTO kb.memo (author, reason) VALUES (author, 'because') RETURNING id INTO memo_id;
        EXECUTE format('INSERT INTO kb.memo_item (memo_id, item_no, %s) VALUES (%s, 1, %s)',
            regexp_replace(item, '(\w+) (''\w+''|\w+)', '\1', 'g'), memo_id, regexp_replace(item, '(\w+) (''\w+''|\w+)', '\2', 'g'));
        done := done || 'write ';
    END IF;
    IF remedy ~ 'client card' THEN
        outcome := tools.does(author, format('UPDATE kb.memo SET client_card = ''card'' WHERE id = %s', memo_id));
        done := done || 'card ';
    END IF;
    IF remedy ~ 'submit_memo' AND outcome = 'ok' THEN
        outcome := tools.does(author, format('SELECT kb.submit_memo(%s)', memo_id));
        done := done || 'submit ';
    END IF;
    FOR word IN SELECT regexp_matches(substring(remedy FROM 'called by (.*)\.$'), '(\w+) over [a-z]+ *(?:\d+|units) \((\w+)', 'g') LOOP
        EXIT WHEN outcome <> 'ok';
        outcome := tools.does(word[2], format('SELECT kb.approve_memo(%s)', memo_id));
        done := done || word[1] || ' ';
    END LOOP;
    RETURN CASE outcome WHEN 'ok' THEN done ELSE outcome || ' after ' || done END;
END
$$;
CREATE FUNCTION tools.broken_rules_of(organization_id integer, manager_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT coalesce(string_agg(c.code, ' '), '') FROM kb.check_binding($1, $2) c WHERE NOT c.passed AND c.code <> 'applicant');

SELECT is(remedy(1, 1, 'memo'), 'Write a memo with a reason and the item (change ''bind'', organization_id 1, to_manager_id 1, additional false), and call submit_memo. '
    'Then have approve_memo called by sales_director over unit 2 (wf_director, wf_deputy).', 'a memo, and whose word');
SELECT is(follow(remedy(1, 1, 'memo')), 'write submit sales_director ', 'done');
SELECT is(broken_rules_of(1, 1), '', 'and it passes');
SELECT is(follow(remedy(2, 7, 'memo')), 'write card submit sales_director ', 'a central specialization: a client card too');
SELECT is(broken_rules_of(2, 7), '', 'and it passes');
SELECT is(does('wf_centre', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (2, 7)'), 'ok', 'the trigger thinks so too');

-- Of a memo that is there what is missing of it
SELECT memo('wf_author', 'bind 4 to 1') AS memo_id \gset
SELECT is(remedy(4, 1, 'memo'), format('Call submit_memo(%1$s). Have approve_memo(%1$s) called by sales_director over unit 2 (wf_director, wf_deputy).', :memo_id), 'a draft');
SELECT is(does('wf_author', 'SELECT kb.submit_memo(' || :memo_id || ')'), 'ok', 'submitted');
SELECT is(remedy(4, 1, 'memo'), format('Have approve_memo(%s) called by sales_director over unit 2 (wf_director, wf_deputy).', :memo_id), 'a submitted one');
SELECT is(follow(remedy(4, 1, 'memo')), 'sales_director ', 'approved');
SELECT is(broken_rules_of(4, 1), '', 'and it passes');

-- approval: what an approved memo has come to need
UPDATE manager_post SET unit_id = 34, specialization = 'chain' WHERE manager_id = 1;
UPDATE organization SET client_group = 'chain' WHERE id = 4;
SELECT is(remedy(4, 1, 'approval'), format('Add the client card to memo %s.', :memo_id), 'approval: the card');
UPDATE manager_post SET unit_id = 32 WHERE manager_id = 1;
SELECT is(follow(remedy(4, 1, 'approval')), 'card sales_director ', 'approval: card and word');
SELECT is(broken_rules_of(4, 1), '', 'and it passes');

-- beside another holder, a move between regions: through the triggers
SELECT is((failure_of('UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 3')).hint,
    'Write a memo with a reason and the item (change ''move'', organization_id 3, from_manager_id 21, to_manager_id 2, additional false), and call submit_memo. '
    'Then have approve_memo called by sales_director over unit 30 (wf_director_2), sales_director over unit 2 (wf_director, wf_deputy).', 'both regions');
SELECT is(follow((failure_of('UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 3')).hint), 'write submit sales_director sales_director ', 'done');

-- applicant
SELECT is((failure_of('UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 3')).hint,
    'Let the change be made by client_analyst over unit 30 (wf_analyst_2, wf_whole_analyst) or client_analyst over unit 2 (wf_analyst, wf_whole_analyst).', 'either region''s analyst');
SELECT is(does('wf_analyst_2', 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 3'), 'ok', 'one of them');
SELECT is(remedy(5, 7, 'applicant'), 'Let the change be made by centre over unit 2 (wf_centre).', 'a central specialization');
DELETE FROM authority WHERE capacity = 'client_analyst';
SELECT is(remedy(1, 2, 'applicant'), 'Let the change be made by client_analyst over unit 2 (nobody yet: see grant_access).', 'nobody');
SELECT is((failure_of('UPDATE kb.organization SET head_id = 1 WHERE id = 3')).hint, 'Write a memo with a reason and the item (change ''link'', organization_id 3, head_id 1), and call submit_memo.', 'a link');

SELECT * FROM finish();
ROLLBACK;
