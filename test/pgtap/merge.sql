-- merge_organizations: nothing is lost, nothing is counted twice, no past day
-- changes, and the duplicate is bound no more.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL kbnorms.today = '2010-06-20';
SELECT plan(38);
CALL kbnorms.create_client_base('kb_merge');
SET LOCAL search_path = kb_merge, public, pg_temp;

INSERT INTO unit (id, kind, name, city) VALUES (1, 'office', 'A', 'Perm'), (2, 'office', 'B', 'Perm');
INSERT INTO manager (id, full_name, hired_on, novice_since) SELECT g, 'Manager ' || g, '2008-01-01', '2008-01-01' FROM generate_series(1, 4) g;
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
SELECT g, '2008-01-01', 'manager', 'universal', 1 + g % 2 FROM generate_series(1, 4) g;
INSERT INTO organization (id, name, client_group, potential, city) SELECT g, 'Organization ' || g, 'emo', 'A', 'Perm' FROM generate_series(1, 40) g;
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES
    (1, 1, '2010-03-01', false), (2, 1, '2010-01-10', false), -- 1 is merged into 2: one holder
    (3, 1, '2010-02-01', false),                              -- 3 into 4: the kept one is free
    (5, 1, '2010-02-01', false), (6, 2, '2010-02-01', false), -- 5 and 6: two holders
    (7, 1, '2010-02-01', false), (7, 2, '2010-02-05', true), (8, 1, '2010-02-01', true),
    (9, 3, '2010-02-01', false);                              -- 9 into 10, which 4 held until today
INSERT INTO binding VALUES (10, 4, '2010-01-01');
DELETE FROM binding WHERE organization_id = 10;
UPDATE organization SET head_id = 1 WHERE id IN (21, 22);     -- 1 has followers
UPDATE organization SET head_id = 23 WHERE id = 24;           -- 24 is one of 23, 23 into 24
UPDATE organization SET head_id = 25 WHERE id = 26;           -- 27 into 26, which is linked
INSERT INTO turnover VALUES
    (1, '2010-05', 20000, '2010-05-20'), (2, '2010-05', 5000, '2010-05-10'), (1, '2010-04', 7, NULL), (2, '2010-04', 8, '2010-04-01'),
    (1, '2010-03', -50, '2010-03-31'), (2, '2010-03', 80, '2010-03-02'), (1, '2010-02', 9, '2010-02-03'), (3, '2010-05', 16000, '2010-05-02');
INSERT INTO overdue VALUES (1, 100, '2010-03-01'), (2, 50, '2010-04-01'), (3, 5, NULL);
INSERT INTO activity (manager_id, organization_id, kind, happened_on, outside_office) VALUES (1, 1, 'meeting', '2010-06-01', true);
INSERT INTO memo (reason) VALUES ('a reason');
INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id) VALUES (1, 1, 'move', 1, 1, 2);
UPDATE rule SET enforcement = 'block' WHERE code IN ('memo', 'approval', 'applicant');

-- The figures of months gone by, as they are before any merger.
SET LOCAL kbnorms.today = '2010-07-15';
CREATE TEMP TABLE figures AS
SELECT c.* FROM unnest(ARRAY['2010-05', '2010-06']::kbnorms.month[]) m, compliance(m) c
WHERE c.measure IN ('base_size', 'paying_share') AND c.manager_id = 1;
SELECT is((SELECT string_agg(trim_scale(actual)::text, ' ' ORDER BY month) FROM figures WHERE measure = 'base_size'), '6 6', 'six accounts before');

-- The preview, and what stands in the way
SELECT set_eq($$SELECT what, organization_id, count, blocks FROM merge_impact(1, 2)$$,
    $$VALUES ('binding', 1, 1::bigint, false), ('link', 1, 1, false), ('link', 21, 1, false), ('link', 22, 1, false),
        ('turnover', 1, 4, false), ('overdue', 1, 1, false), ('activity', 1, 1, false), ('memo_item', 1, 1, false)$$,
    'the preview says what will happen');
SELECT results_eq($$SELECT organization_id, manager_id, blocks FROM merge_impact(5, 6) WHERE what = 'blocked'$$,
    $$VALUES (5, 1, true)$$, 'two different holders are in the way');
SELECT throws_ok($$SELECT merge_organizations(5, 6, 'x')$$, '55000', NULL, 'and stop the merger');
SELECT throws_ok($$SELECT merge_organizations(1, 1, 'x')$$, '22023', NULL, 'none is merged into itself');
SELECT throws_ok($$SELECT merge_organizations(1, 99, 'x')$$, '23503', NULL, 'nor into one that is not there');
SELECT throws_ok($$SELECT merge_organizations(1, 2, ' ')$$, '22004', NULL, 'a reason is needed');
CREATE ROLE kb_merge_analyst;
SELECT grant_access('kb_merge_analyst', 'client_analyst');
SET LOCAL ROLE kb_merge_analyst;
SELECT throws_ok($$SELECT merge_organizations(1, 2, 'x')$$, '42501', NULL, 'it is the owner''s to do');
SELECT isnt_empty($$SELECT FROM merge_impact(1, 2)$$, 'but others may ask');
RESET ROLE;
SET LOCAL search_path = kb_merge, public, pg_temp;

SELECT lives_ok($$SELECT merge_organizations(1, 2, 'entered twice')$$, 'a duplicate with the same holder is merged, memo or not');
SELECT results_eq($$SELECT organization_id, manager_id, bound_on, additional FROM binding WHERE organization_id IN (1, 2)$$,
    $$VALUES (2, 1, '2010-01-10'::date, false)$$, 'one binding is left, since the earlier day');
SELECT results_eq($$SELECT id, head_id, merged_into FROM organization WHERE id IN (1, 2, 21, 22) ORDER BY id$$,
    $$VALUES (1, 2, 2), (2, NULL, NULL), (21, 2, NULL), (22, 2, NULL)$$, 'all of it is one account, without a chain');
SELECT results_eq($$SELECT month::text, amount, last_on FROM turnover WHERE organization_id = 2 ORDER BY month$$,
    $$VALUES ('2010-02', 9::numeric, '2010-02-03'::date), ('2010-03', 30, '2010-03-02'), ('2010-04', 15, NULL), ('2010-05', 25000, '2010-05-20')$$,
    'turnover is added month by month, the later sale counts, a return is none');
SELECT results_eq($$SELECT amount, since FROM overdue WHERE organization_id = 2$$, $$VALUES (150::numeric, '2010-03-01'::date)$$, 'overdue receivables too');
SELECT is_empty($$SELECT FROM turnover WHERE organization_id = 1 UNION ALL SELECT FROM overdue WHERE organization_id = 1
    UNION ALL SELECT FROM activity WHERE organization_id = 1$$, 'the duplicate has no facts');
SELECT results_eq($$SELECT organization_id, change::text, manager_id, unbound_on, reason FROM binding_log WHERE reason IS NOT NULL AND manager_id IS NOT NULL ORDER BY id$$,
    $$VALUES (1, 'unbind', 1, '2010-07-15'::date, 'merged into organization 2: entered twice')$$, 'the log says why, and nothing of it was rewritten');
SELECT isnt_empty($$SELECT FROM change_log WHERE table_name = 'organization' AND column_name = 'merged_into' AND row_key = '1' AND new_value = '2'$$,
    'and so does the change log');

SELECT throws_ok($$INSERT INTO binding VALUES (1, 1)$$, '23514', 'organization 1 was merged into organization 2', 'it is bound no more');
SELECT throws_ok($$SELECT * FROM check_binding(1, 1)$$, '23514', NULL, 'nor asked about');
SELECT throws_ok($$UPDATE organization SET head_id = NULL WHERE id = 1$$, '23514', NULL, 'nor taken out of the account');
SELECT throws_ok($$SELECT merge_organizations(1, 4, 'x')$$, '55000', NULL, 'nor merged again');
SELECT throws_ok($$SELECT merge_organizations(4, 1, 'x')$$, '55000', NULL, 'nor is another merged into it');

SELECT lives_ok($$SELECT merge_organizations(3, 4, 'taken over')$$, 'one whose other half nobody holds is merged');
SELECT results_eq($$SELECT organization_id, manager_id, bound_on FROM binding WHERE organization_id IN (3, 4)$$,
    $$VALUES (4, 1, '2010-02-01'::date)$$, 'the holder keeps the client, since his day');
SELECT lives_ok($$SELECT merge_organizations(7, 8, 'x'), merge_organizations(9, 10, 'x'), merge_organizations(23, 24, 'x'), merge_organizations(27, 26, 'x')$$,
    'several holders, a past holder, a head into its own, one into a linked one');
SELECT results_eq($$SELECT manager_id, additional FROM binding WHERE organization_id = 8 ORDER BY 1$$, $$VALUES (1, false), (2, true)$$,
    'a main binding stays one, additional ones come along');
SELECT results_eq($$SELECT manager_id, bound_on FROM binding WHERE organization_id = 10$$, $$VALUES (3, '2010-06-20'::date)$$,
    'no main binding reaches back into another''s time');
SELECT results_eq($$SELECT id, head_id FROM organization WHERE id IN (23, 24, 25, 26, 27) ORDER BY 1$$,
    $$VALUES (23, 24), (24, NULL), (25, NULL), (26, 25), (27, 25)$$, 'heads stay heads');
SELECT lives_ok($$SELECT merge_organizations(2, 30, 'again')$$, 'what was merged into is merged on');
SELECT results_eq($$SELECT id, head_id, merged_into FROM organization WHERE id IN (1, 2, 21) ORDER BY id$$, $$VALUES (1, 30, 30), (2, 30, 30), (21, 30, NULL)$$,
    'and takes along what it had taken up');

-- What was
SELECT set_eq($$SELECT c.manager_id, c.month, c.measure, c.actual FROM unnest(ARRAY['2010-05', '2010-06']::kbnorms.month[]) m, compliance(m) c
    WHERE c.measure IN ('base_size', 'paying_share') AND c.manager_id = 1$$,
    $$SELECT manager_id, month, measure,
        -- what were two clients all along are one
        CASE measure WHEN 'base_size' THEN actual - 2 ELSE actual * 6 / 4 END FROM figures$$, 'past months count each client once, with its whole turnover');
SELECT is((SELECT count(*) FROM holding WHERE organization_id = 1), 1::bigint, 'the history of the duplicate is under its own number');
SELECT is_empty($$SELECT FROM claimable(2) WHERE account_id IN (1, 3)$$, 'no duplicate can be claimed');
SELECT results_eq($$SELECT r.account_id, r.organization_ids, r.held_back FROM release_due('2010-11-10') r WHERE r.account_id IN (4, 30)$$,
    $$VALUES (4, ARRAY[4], true)$$, 'the release clock runs by the turnover of both: one is due by it and held back, the other is not');
-- What the ERP still sends under the old number is the kept one's.
CREATE TEMP TABLE sent AS SELECT 1 AS organization_id, '2010-07' AS month, 10 AS amount;
SELECT is((SELECT imported FROM load_turnover('sent')), 1::bigint, 'turnover that comes under the old number is loaded');
SELECT results_eq($$SELECT organization_id, amount FROM turnover WHERE month = '2010-07'$$, $$VALUES (30, 10::numeric)$$, 'as the kept one''s');
SELECT results_eq('SELECT DISTINCT check_name, message FROM verify()', 'SELECT NULL::text, NULL::text WHERE false', 'every promise is kept');
SET LOCAL session_replication_role = replica;
INSERT INTO binding VALUES (3, 2);
INSERT INTO turnover VALUES (3, '2010-06', 1);
UPDATE organization SET head_id = 40 WHERE id = 7;
SET LOCAL session_replication_role = origin;
SELECT set_eq($$SELECT check_name, organization_id, manager_id FROM verify() WHERE check_name ~ '^merged'$$,
    $$VALUES ('merged_bound', 3, 2), ('merged_has_facts', 3, NULL), ('merged_is_elsewhere', 7, NULL)$$, 'what gets past them is found');
SELECT * FROM finish();
ROLLBACK;
