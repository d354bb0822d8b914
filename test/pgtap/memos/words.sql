-- Whose word a memo needs, and whose counts.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(52);

SELECT count(org(id)) FROM generate_series(1, 40) id \gset
SELECT count(org(id, 'chain')) FROM generate_series(41, 50) id \gset
-- What is bound already came in before there were memos.
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 21), (7, 23), (41, 7), (42, 7);
UPDATE rule SET enforcement = 'block';

-- Each side's region
CREATE TEMP TABLE m (name text PRIMARY KEY, id bigint);
CREATE FUNCTION tools.written(name text, role_name text, items text, client_card text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    memo_id CONSTANT bigint := memo(role_name, items, client_card);
BEGIN
    INSERT INTO m VALUES (name, memo_id);
    RETURN memo_id;
END
$$;
CREATE FUNCTION tools.id(name text) RETURNS bigint LANGUAGE sql AS $$ SELECT m.id FROM m WHERE m.name = $1 $$;

SELECT written('move', 'wf_author', 'move 1 from 1 to 21') AS noted \gset
SELECT is(words(id('move')), 'sales_director 2, sales_director 30', 'a move between regions needs both directors');
SELECT written('inside', 'wf_author', 'move 1 from 1 to 2') AS noted \gset
SELECT is(words(id('inside')), 'sales_director 2', 'one inside a region its own');
SELECT written('unbind', 'wf_author', 'unbind 2 from 1') AS noted \gset
SELECT is(words(id('unbind')), 'sales_director 2', 'an unbind that of the side');
SELECT written('centre', 'wf_author', 'unbind 7 from 23') AS noted \gset
SELECT is(words(id('centre')), 'centre 36', 'without a region the centre');
SELECT written('link', 'wf_author', 'link 12 head 13') AS noted \gset
SELECT is(words(id('link')), NULL, 'a link nobody''s');
SELECT written('several', 'wf_author', 'bind 14 to 1, bind 15 to 21, unbind 7 from 23, link 16 head 17') AS noted \gset
SELECT is(words(id('several')), 'centre 36, sales_director 2, sales_director 30', 'several items several words');
SELECT written('beside', 'wf_author', 'bind 3 to 2 additional') AS noted \gset
SELECT is(words(id('beside')), 'sales_director 2', 'beside a holder of the same cluster: the region''s director');
SELECT written('beside far', 'wf_author', 'bind 3 to 22 additional') AS noted \gset
SELECT is(words(id('beside far')), 'centre_sales 34, sales_director 2', 'of another cluster: the centre''s sales too');
SELECT written('chain', 'wf_author', 'unbind 41 from 7') AS noted \gset
SELECT is(words(id('chain')), 'client_card, sales_director 2', 'a central specialization: a client card too');

-- One after the other
SELECT is(approved(id('move')), 'submitted', 'submitted');
SELECT is(does('wf_director', format('SELECT kb.approve_memo(%s)', id('move'))), 'ok', 'one region has spoken');
SELECT is(state(id('move')), 'submitted', 'the other has not');
SELECT is(words(id('move')), '+sales_director 2, sales_director 30', 'and that is to be seen');
SELECT is(does('wf_analyst', format('SELECT kb.apply_memo(%s)', id('move'))), '55000', 'it is not applied');
SELECT is(does('wf_director_2', format('SELECT kb.approve_memo(%s)', id('move'))), 'ok', 'the other region speaks');
SELECT is(state(id('move')), 'approved', 'now it is approved');
SELECT is(approved(id('several'), 'wf_director', 'wf_director_2', 'wf_centre'), 'approved', 'three words');
SELECT is(approved(id('beside far'), 'wf_director'), 'submitted', 'the director alone is not enough');
SELECT is(does('wf_director_2', format('SELECT kb.approve_memo(%s)', id('beside far'))), '42501', 'another director is nobody here');
SELECT is(does('wf_centre_sales', format('SELECT kb.approve_memo(%s)', id('beside far'))), 'ok', 'the centre''s sales are');
SELECT is(state(id('beside far')), 'approved', 'both words');

-- The client card
SELECT is(approved(id('chain'), 'wf_director'), 'submitted', 'without its card a memo waits');
SELECT is((SELECT role_names FROM memo_queue WHERE memo_id = id('chain')), 'wf_author', 'for its author');
SELECT is(does('wf_author', format('UPDATE kb.memo SET client_card = ''card'' WHERE id = %s', id('chain')),
    format('SELECT kb.submit_memo(%s)', id('chain'))), 'ok', 'who may add it');
SELECT is(state(id('chain')), 'approved', 'and needs nobody again');
SELECT is(does('wf_author', format('UPDATE kb.memo SET client_card = ''other'' WHERE id = %s', id('chain'))), '55000', 'once');
SELECT is(does('wf_analyst', format('SELECT kb.apply_memo(%s)', id('chain'))), '42501 applicant', 'no analyst applies it');
SELECT is(does('wf_centre', format('SELECT kb.apply_memo(%s)', id('chain'))), 'ok', 'the centre does');
SELECT is(approved(memo('wf_director', 'unbind 42 from 7', 'card')), 'approved', 'a director''s own memo is written and that is his word');

-- The author's own word
SELECT is(approved(written('own', 'wf_director', 'move 4 from 1 to 21')), 'submitted', 'a director writes about two regions');
SELECT is(words(id('own')), '+sales_director 2, sales_director 30', 'his own word is given');
SELECT is((SELECT (role_name, decided_by)::text FROM memo_approval WHERE memo_id = id('own')), '(wf_director,wf_director)', 'in his name');
SELECT is(does('wf_director', format('SELECT kb.approve_memo(%s)', id('own'))), '42501', 'more he does not say himself');
SELECT grant_access('wf_director', 'sales_director', 30) AS noted \gset
SELECT is(does('wf_director', format('SELECT kb.submit_memo(%s)', id('own'))), 'ok', 'submitting again');
SELECT is(words(id('own')), '+sales_director 2, sales_director 30', 'is no way around that');
SELECT revoke_access('wf_director', 'sales_director', 30) AS noted \gset
SELECT is(does('wf_deputy', 'SET LOCAL ROLE wf_stranger', format('SELECT kb.approve_memo(%s)', id('own'))), '42501', 'nor is another role');

-- Deputies
SELECT is(approved(written('deputy', 'wf_author', 'bind 20 to 1'), 'wf_deputy'), 'approved', 'a deputy''s word counts');
SELECT is((SELECT (role_name, decided_by, deputy_for)::text FROM memo_approval WHERE memo_id = id('deputy')),
    '(wf_deputy,wf_deputy,wf_director)', 'it names whom he stands in for');
SELECT is(approved(written('late', 'wf_author', 'bind 21 to 1')), 'submitted', 'another memo');
SET LOCAL kbnorms.today = '2010-07-20';
SELECT is(does('wf_deputy', format('SELECT kb.approve_memo(%s)', id('late'))), '42501', 'a day after his last');
SELECT is(does('wf_analyst', format('SELECT kb.apply_memo(%s)', id('deputy'))), 'ok', 'a word given in time holds');
SET LOCAL kbnorms.today = '2010-07-19';
SELECT is(does('wf_deputy', format('SELECT kb.approve_memo(%s)', id('late'))), 'ok', 'his last day is one');
SET LOCAL kbnorms.today = '2010-07-15';

-- Groups
CREATE ROLE wf_directors;
CREATE ROLE wf_member IN ROLE wf_directors;
SELECT grant_access('wf_directors', 'sales_director', 30) AS noted \gset
SELECT is(approved(written('group', 'wf_author', 'bind 22 to 21'), 'wf_member'), 'approved', 'a member speaks for his group');
SELECT is((SELECT (role_name, decided_by)::text FROM memo_approval WHERE memo_id = id('group')), '(wf_directors,wf_member)', 'which the word names, and him');
SELECT is(approved(written('by group', 'wf_directors', 'bind 23 to 1')), 'submitted', 'a memo of the group');
SELECT grant_access('wf_member', 'sales_director', 2) AS noted \gset
SELECT is(does('wf_member', format('SELECT kb.approve_memo(%s)', id('by group'))), '42501', 'is its members'' own');

-- What an approved memo has come to need
SELECT is(approved(written('moved', 'wf_author', 'bind 24 to 1'), 'wf_director'), 'approved', 'approved');
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id) VALUES (1, '2010-07-15', 'manager', 'universal', 32);
SELECT is(words(id('moved')), 'sales_director 30', 'he has gone to another region');
SELECT is(does('wf_whole_analyst', format('SELECT kb.apply_memo(%s)', id('moved'))), '42501 approval', 'whose word is missing now');
SELECT is((SELECT (state, unit_id)::text FROM memo_queue WHERE memo_id = id('moved')), '(approved,30)', 'the queue says so');
SELECT is(does('wf_director_2', format('SELECT kb.approve_memo(%s)', id('moved'))), 'ok', 'and is given');
SELECT is(does('wf_whole_analyst', format('SELECT kb.apply_memo(%s)', id('moved'))), 'ok', 'then it is applied');

SELECT * FROM finish();
ROLLBACK;
