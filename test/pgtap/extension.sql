-- A hold extended before it ends: asked for, decided on, and kept from release.
BEGIN;
\ir rules/company.psql
SELECT plan(39);
SELECT org(id, city => NULL) FROM generate_series(1, 2) AS id;
SELECT org(5, city => NULL, head_id => 1);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (1, 1, '2010-02-01'), (5, 1, '2010-02-01');
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (1, 19, '2010-02-01', true);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (2, 8, '2010-02-01');
INSERT INTO feed VALUES ('turnover', '2010-08-31'), ('overdue', '2010-08-31');
CREATE ROLE kbt_author; CREATE ROLE kbt_director; CREATE ROLE kbt_elsewhere; CREATE ROLE kbt_deputy IN ROLE kbt_author;
INSERT INTO unit (id, parent_id, kind, name) VALUES (20, 1, 'region', 'Elsewhere');
SELECT grant_access('kbt_author', 'author'), grant_access('kbt_director', 'sales_director', 2), grant_access('kbt_elsewhere', 'sales_director', 20);
SET client_min_messages = error;
CREATE FUNCTION tools.forecast(manager_id integer DEFAULT 1) RETURNS text LANGUAGE sql
RETURN (SELECT concat_ws('|', f.release_on, f.held_back, f.reason, f.extended_until) FROM kb.unbinding_forecast f WHERE f.manager_id = $1 AND f.account_id = 1);
CREATE FUNCTION tools.due(as_of date) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', d.manager_id, d.held_back, d.extended_until), ', ' ORDER BY d.manager_id) FROM kb.release_due($1) d WHERE d.account_id = 1);

SELECT is(forecast(), '2010-08-01|f', 'to be released on 1 August');
SELECT throws_ok($$SELECT request_extension(1, 5, '2010-08-20', 'a tender')$$, '55000', 'holds are not extended here', 'off by default');
INSERT INTO policy SELECT '2010-07-10', paying_above, inactivity_months, respecialization_months, handover_months, max_feed_lag_days,
    1, 1000, 'x', NULL, NULL, NULL, NULL, 30 FROM policy WHERE effective_from = '2010-01-01';

-- Asking: before the end, by no more than the policy allows
SELECT is(forecast(), '2010-08-01|f', 'a policy that allows it changes nothing');
SET LOCAL ROLE kbt_author;
SELECT throws_ok($$SELECT kb.request_extension(1, 5, '2010-08-01', 'a tender')$$, '22023', NULL, 'not until a day by which it is his anyway');
SELECT throws_ok($$SELECT kb.request_extension(1, 5, '2010-09-01', 'a tender')$$, '22023', NULL, 'not by a day more than 30');
SELECT lives_ok($$SELECT kb.request_extension(1, 5, '2010-08-31', 'a tender')$$, 'by 30 days');
SELECT throws_ok($$SELECT kb.request_extension(1, 5, '2010-08-31', E' \t')$$, '22004', NULL, 'not without a reason');
SELECT throws_ok($$SELECT kb.request_extension(1, 2, '2010-08-31', 'x')$$, '55000', 'manager 1 does not hold organization 2', 'nor what he does not hold');
SELECT throws_ok($$SELECT kb.request_extension(1, 999, '2010-08-31', 'x')$$, '55000', NULL, 'or nobody knows');
SELECT throws_ok($$INSERT INTO kb.hold_extension (manager_id, organization_id, until, reason) VALUES (1, 1, '2020-01-01', 'x')$$, '42501', NULL, 'nor by hand');
RESET ROLE;
SELECT is((SELECT concat_ws('|', account_id, organization_id, requested_by, role_names) FROM extension_queue), '1|5|kbt_author|kbt_director', 'it waits for the director of his region');
SELECT is(forecast(), '2010-08-01|f', 'a request alone holds nothing');

-- Deciding
CREATE FUNCTION tools.request(n integer) RETURNS bigint LANGUAGE sql RETURN (SELECT (array_agg(id ORDER BY id))[$1] FROM kb.hold_extension);
GRANT USAGE ON SCHEMA tools TO kbt_director, kbt_elsewhere, kbt_author;
SET LOCAL ROLE kbt_elsewhere;
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(1), true)$$, '42501', NULL, 'not the director of another region');
SET LOCAL ROLE kbt_author;
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(1), true)$$, '42501', NULL, 'not the author');
SET LOCAL ROLE kbt_director;
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(1), false)$$, '22004', NULL, 'a refusal needs a reason');
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(1), NULL)$$, '22004', NULL, 'and a decision is one');
SELECT throws_ok($$SELECT kb.decide_extension(-1, true)$$, 'P0002', NULL, 'of a request that is there');
SELECT lives_ok($$SELECT kb.decide_extension(tools.request(1), true)$$, 'the director of his region');
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(1), false, 'x')$$, '55000', NULL, 'once');
SELECT lives_ok($$SELECT kb.request_extension(1, 1, '2010-08-20', 'another')$$, 'a director may ask');
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(2), true)$$, '42501', 'nobody decides on his own request for an extension', 'and not decide on that');
RESET ROLE;
CREATE ROLE kbt_both IN ROLE kbt_author, kbt_director;
INSERT INTO hold_extension (manager_id, organization_id, until, reason, requested_by) VALUES (1, 1, '2010-08-19', 'mine', 'kbt_both');
SET LOCAL SESSION AUTHORIZATION kbt_both;
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(3), true)$$, '42501', 'nobody decides on his own request for an extension', 'with two capacities neither');
SET LOCAL ROLE kbt_director;
SELECT throws_ok($$SELECT kb.decide_extension(tools.request(3), true)$$, '42501', 'nobody decides on his own request for an extension', 'nor after taking another role');
RESET SESSION AUTHORIZATION;
DELETE FROM hold_extension WHERE requested_by = 'kbt_both';
SELECT is((SELECT concat_ws('|', approved, decided_by) FROM hold_extension WHERE id = request(1)), 't|kbt_director', 'who decided is on record');
SELECT is((SELECT count(*) FROM change_log WHERE table_name = 'hold_extension' AND column_name = 'approved' AND changed_by = 'kbt_director'), 1::bigint, 'in the log of changes too');
SELECT is_empty('SELECT * FROM verify()', 'the base is sound');

-- Held back until its day, for this manager alone
SELECT is(forecast(), '2010-08-01|t|extended until 2010-08-31|2010-08-31', 'the forecast says so');
SELECT is(forecast(19), '2010-08-01|f', 'of nobody else');
INSERT INTO overdue VALUES (5, 100, NULL);
SELECT is(forecast(), '2010-08-01|t|overdue receivables of 100; extended until 2010-08-31|2010-08-31', 'with what else holds it back');
DELETE FROM overdue;
SELECT is(due('2010-08-01'), '1 t 2010-08-31, 19 f', 'held back when it is due');
SELECT is(due('2010-08-30'), '1 t 2010-08-31, 19 f', 'on the last day');
SELECT is(due('2010-08-31'), '1 f, 19 f', 'and no longer on the day named');
SET kbnorms.today = '2010-08-30';
SELECT is(release_bindings('kb', '2010-08-30', '{1,2}'), 2::bigint, 'the release takes what is not extended');
SELECT set_eq('SELECT organization_id, manager_id FROM binding', 'VALUES (1, 1), (5, 1)', 'and leaves what is');
SET kbnorms.today = '2010-08-31';
UPDATE organization SET head_id = NULL WHERE id = 5;
UPDATE hold_extension SET until = '2010-09-15' WHERE id = request(1);
SELECT set_eq('SELECT account_id, held_back FROM release_due(''2010-08-31'')', 'VALUES (1, false), (5, true)', 'the organization that was named stands for its account of today');
SELECT is(release_bindings('kb', '2010-08-31', '{1,5}'), 1::bigint, 'on the day named it goes');
DELETE FROM binding;
SELECT throws_ok($$SELECT request_extension(1, 5, '2010-08-31', 'x')$$, '55000', NULL, 'what is released is not extended');
SET LOCAL ROLE kbt_deputy;
SELECT throws_ok($$SELECT kb.decide_extension(1, true)$$, '42501', NULL, 'who has no authority is told so');
RESET ROLE;
SELECT is((SELECT count(*) FROM extension_queue), 1::bigint, 'what is undecided stays in the queue');

SELECT * FROM finish();
ROLLBACK;
