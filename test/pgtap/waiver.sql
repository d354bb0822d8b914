-- What a waiver does to a measure, and what an absence does to whom.
BEGIN;
\ir rules/company.psql
SELECT plan(25);
SELECT org(id) FROM generate_series(1, 4) AS id;
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (1, 1, '2010-01-10'), (2, 2, '2010-01-10');
CREATE FUNCTION tools.told(measure text, manager_id integer DEFAULT 1, month kbnorms.month DEFAULT '2010-07') RETURNS text LANGUAGE sql
RETURN (SELECT concat_ws(' ', c.verdict, trim_scale(c.actual), coalesce(trim_scale(c.norm_min)::text, '-'), coalesce(c.waiver_id::text, '-'))
        FROM kb.compliance($3) c WHERE c.manager_id = $2 AND c.measure = $1);

SELECT is(told('base_size'), 'missed 1 20 -', 'without a waiver');
INSERT INTO waiver (id, manager_id, rule, since, until, reason) VALUES
    (5001, 1, 'base_size', '2010-07-15', '2010-07-16', 'a'), (5002, 1, 'cold_calls', '2010-07-15', '2010-08-01', 'b'),
    (5003, 1, 'base_size', '2010-06-29', '2010-07-01', 'c');
SELECT is(told('base_size'), 'exempt 1 - 5001', 'waived: exempt, with its figure and the waiver');
SELECT is(told('base_size', 2), 'missed 1 20 -', 'for nobody else');
SELECT is(told('paying_share'), 'pending 0 0.35 -', 'and no other measure');
SELECT is(told('cold_calls'), 'exempt 0 - -', 'what is not regulated is exempt without it');
SELECT is(told('base_size', 1, '2010-06'), 'exempt 1 - 5003', 'a closed month asks for its last day');
SELECT is(told('base_size', 1, '2010-05'), 'missed 1 20 -', 'and not for another');
SELECT is((SELECT concat_ws(' ', base_size, missed) FROM scorecard WHERE manager_id = 1), (SELECT concat_ws(' ', 'exempt', missed - 1) FROM scorecard WHERE manager_id = 2), 'the card shows it');
SELECT is((SELECT count(*) FROM violation WHERE manager_id = 1 AND rule = 'base_size'), 0::bigint, 'there is nothing to mend');
SELECT is((SELECT count(*) FROM violation WHERE manager_id = 2 AND rule = 'base_size'), 1::bigint, 'with the other there is');
SET kbnorms.today = '2010-07-16';
SELECT is(told('base_size'), 'missed 1 20 -', 'on the day after it is judged again');
SELECT is(told('base_size', 1, '2010-06'), 'exempt 1 - 5003', 'what was, stays');

-- On record
SET client_min_messages = error;
SELECT ok(close_month('2010-06') > 0, 'the month is closed');
UPDATE waiver SET until = '2010-06-30' WHERE id = 5003;
SELECT is(told('base_size', 1, '2010-06'), 'exempt 1 - 5003', 'the record names it too');
SELECT is_empty('SELECT * FROM verify()', 'and the base is sound');

-- Absence
SELECT ok(EXISTS (SELECT FROM candidates(3) WHERE manager_id = 13), 'a candidate');
INSERT INTO absence (id, manager_id, since, until, deputy_id, reason) VALUES (7001, 13, '2010-07-17', '2010-07-19', 1, 'leave');
SELECT ok(EXISTS (SELECT FROM candidates(3) WHERE manager_id = 13), 'on the day before he leaves');
SET kbnorms.today = '2010-07-18';
SELECT ok(NOT EXISTS (SELECT FROM candidates(3) WHERE manager_id = 13), 'not while he is away');
SELECT ok(EXISTS (SELECT FROM candidates(3) WHERE manager_id = 1), 'the others are');
SELECT is(bind(3, 13, '2010-07-18'), 'passes', 'no rule forbids to bind to him');
SELECT is(told('base_size', 13), 'missed 0 20 -', 'and the norms are his all the same');
SELECT throws_ok($$INSERT INTO waiver (manager_id, rule, until, reason, absence_id) VALUES (12, 'base_size', '2010-07-19', 'leave', 7001)$$,
    '23514', 'absence 7001 is not of manager 12', 'a waiver cannot rest on the absence of somebody else');
INSERT INTO waiver (manager_id, rule, until, reason, absence_id) VALUES (13, 'base_size', '2010-07-19', 'leave', 7001);
SELECT is(split_part(told('base_size', 13), ' ', 1), 'exempt', 'unless a waiver names the absence as its reason');
SET kbnorms.today = '2010-07-19';
SELECT ok(EXISTS (SELECT FROM candidates(3) WHERE manager_id = 13), 'back on the first day back');
SELECT throws_ok($$INSERT INTO absence (manager_id, since, until, deputy_id) VALUES (1, '2010-08-01', '2010-08-02', 1)$$, '23514', NULL, 'nobody stands in for himself');

SELECT * FROM finish();
ROLLBACK;
