-- check_binding says of a plain main binding what the triggers would.
BEGIN;
\ir company.psql
SELECT plan(41);

-- Every manager and one client of each kind: the codes that check_binding does
-- not pass are those that the INSERT is refused for.
INSERT INTO organization (id, name, client_group, potential, city, territory_id)
SELECT row_number() OVER () + 100, 'Client', g, p, c, t
FROM unnest(ARRAY[NULL, 'emo', 'industrial', 'dealer', 'chain']) AS g, unnest(ARRAY['A', NULL]) AS p,
    unnest(ARRAY[NULL, 'Tver']) AS c, unnest(ARRAY[NULL, 1]) AS t;
SELECT org(90), org(91, 'dealer', head_id => 90), org(92, NULL, NULL, NULL, head_id => 90), org(93), org(94), org(95), org(96, 'dealer');
SELECT fill(1, 1001, 40), fill(7, 2001, 5, 'dealer'), fill(20, 3001, 5, 'chain');
UPDATE organization SET city = NULL WHERE id = 94;
INSERT INTO binding (organization_id, manager_id, additional) VALUES (90, 2, false), (93, 13, true), (94, 19, true);
DELETE FROM binding WHERE organization_id = 94;
CREATE FUNCTION tools.checked(organization_id integer, manager_id integer, on_date date DEFAULT '2010-07-15') RETURNS text LANGUAGE sql
RETURN (SELECT coalesce(string_agg(code, ' ' ORDER BY n) FILTER (WHERE NOT passed), 'passes')
        FROM kb.check_binding($1, $2, $3) WITH ORDINALITY AS c (code, passed, actual, bound, message, remedy, n));
SELECT results_eq(
    $$SELECT o.id, m.id, checked(o.id, m.id) FROM organization AS o, manager AS m
      WHERE o.id BETWEEN 90 AND 200 AND NOT EXISTS (SELECT FROM binding AS b WHERE b.organization_id = o.id AND NOT b.additional)
          AND NOT EXISTS (SELECT FROM binding AS b WHERE (b.organization_id, b.manager_id) = (o.id, m.id)) ORDER BY 1, 2$$,
    $$SELECT o.id, m.id, bind(o.id, m.id) FROM organization AS o, manager AS m
      WHERE o.id BETWEEN 90 AND 200 AND NOT EXISTS (SELECT FROM binding AS b WHERE b.organization_id = o.id AND NOT b.additional)
          AND NOT EXISTS (SELECT FROM binding AS b WHERE (b.organization_id, b.manager_id) = (o.id, m.id)) ORDER BY 1, 2$$,
    'the same answers as the triggers'' of every pair');
SELECT ok(count(DISTINCT verdict) > 25, 'which are many') FROM (SELECT checked(o.id, m.id) AS verdict FROM organization AS o, manager AS m WHERE o.id BETWEEN 90 AND 200) AS v;

-- One row for each rule, in order
SELECT results_eq('SELECT code FROM check_binding(101, 1) WITH ORDINALITY AS c (code, passed, actual, bound, message, remedy, n) ORDER BY n',
    'SELECT code FROM rule ORDER BY sort_order', 'one row for each rule, in the order of the rules');
SELECT is((SELECT string_agg(code, ' ') FROM check_binding(101, 1) WHERE passed IS NULL), 'memo approval applicant', 'passed is NULL where a rule is off');
UPDATE rule SET enforcement = 'off' WHERE code = 'base_size';
SELECT is((SELECT concat_ws('|', passed, actual, bound, message) FROM check_binding(95, 1) WHERE code = 'base_size'), 'The rule is off.', 'switched off');
UPDATE rule SET enforcement = 'warn' WHERE code = 'base_size';
SELECT is((SELECT passed FROM check_binding(95, 1) WHERE code = 'base_size'), false, 'the verdict is the same under warn');
UPDATE rule SET enforcement = 'block' WHERE code = 'base_size';
SELECT is((SELECT concat_ws(' of ', actual, bound) FROM check_binding(95, 1) WHERE code = 'base_size'), '41 of 40', 'figure and bound');
SELECT is((SELECT concat_ws(' of ', actual, bound) FROM check_binding(95, 2) WHERE code = 'base_size'), '2 of 40', 'also of what passes');
SELECT is((SELECT passed::text || message FROM check_binding(95, 2) WHERE code = 'territory'), 'trueThe rule is kept.', 'and says so');
SELECT matches((SELECT message FROM check_binding(95, 1) WHERE code = 'base_size'), '"Client 95".*"Manager 1".*41.*40.*Take 1 account from him', 'client, manager, figure, bound and what to do');
SELECT is((SELECT string_agg(code, ' ') FROM check_binding(95, 8) WHERE passed IS NULL AND code NOT IN ('memo', 'approval', 'applicant')),
    'base_size client_group off_profile group_quota territory newcomer_territory potential', 'NULL: a position without specialization');
SELECT is((SELECT string_agg(code, ' ') FROM check_binding(95, 14) WHERE passed IS NULL AND code NOT IN ('memo', 'approval', 'applicant')),
    'client_group off_profile group_quota territory newcomer_territory potential', 'a manager without specialization is asked for his size');
SELECT is(checked(95, 14), 'base_size', 'which is 0');
SELECT is((SELECT string_agg(code, ' ') FROM check_binding(95, 6) WHERE passed IS NULL AND code NOT IN ('memo', 'approval', 'applicant')),
    NULL, 'a rule that finds nothing to object to has passed');

-- Bound already, bound to another
SELECT is(checked(90, 2), 'multiple', 'the pair is there');
SELECT is(checked(90, 1), 'base_size multiple', 'a second main manager');
SELECT is(checked(93, 13), 'multiple', 'an additional binding that is there');
SELECT is(checked(93, 1), 'base_size multiple', 'a holder of the same office');
SELECT is(checked(94, 2), 'passes', 'an additional binding that ended is nothing to it');
UPDATE manager SET left_on = '2010-07-01' WHERE id = 2;
SELECT is(checked(90, 2), 'personal multiple', 'of a pair that is there, personal is judged too');
UPDATE organization SET client_group = 'dealer', city = 'Tver' WHERE id = 90;
SELECT is(checked(90, 2), 'personal multiple', 'and nothing else');
UPDATE organization SET client_group = 'emo', city = 'Moscow' WHERE id = 90;
UPDATE manager SET left_on = NULL WHERE id = 2;
SELECT is(checked(91, 2), 'passes', 'a further organization of a client he holds');
SELECT is(checked(1001, 2), 'multiple', 'held by somebody');

-- on_date stands for today in everything
SELECT is(checked(95, 4), 'client_group', 'today');
SELECT is(checked(95, 4, '2010-06-30'), 'off_profile', 'before the group was forbidden');
SELECT is(checked(95, 12), 'personal', 'not hired today');
SELECT is(checked(95, 12, '2010-07-16'), 'passes', 'hired tomorrow');
SELECT is(checked(95, 11, '2010-07-14'), 'passes', 'a leaver on his last day');
SELECT ok(checked(95, 2, '2009-06-15') ~ 'base_size', 'before the first norm');
SELECT ok(checked(95, 2, '2008-06-15') ~ 'personal', 'before he was hired');
SELECT ok(checked(101, 16) !~ 'newcomer', 'no territory');
SELECT ok(checked(96, 7, '2010-07-15') ~ 'group_quota', 'a sixth dealer');
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (95, 19, '2009-02-01', '2010-07-10', false, 'unbind');
SELECT is(checked(95, 2, '2010-07-10'), 'passes', 'on the day another main binding ended');
SELECT is(checked(95, 2, '2010-07-09'), 'multiple', 'on the day before');

-- Errors, and nothing changed
SELECT is((failure_of('SELECT * FROM kb.check_binding(999, 1)')).state, '23503', 'an unknown organization');
SELECT is((failure_of('SELECT * FROM kb.check_binding(95, 999)')).state, '23503', 'an unknown manager');
SELECT is((failure_of('SELECT * FROM kb.check_binding(NULL, 1)')).state, '22004', 'NULL for an organization');
SELECT is((failure_of('SELECT * FROM kb.check_binding(95, NULL)')).state, '22004', 'for a manager');
SELECT is((failure_of('SELECT * FROM kb.check_binding(95, 1, NULL)')).state, '22004', 'for a day');
SELECT lives_ok('SELECT m.id, c.* FROM manager AS m, LATERAL check_binding(95, m.id) AS c', 'for every manager in one query');
SET LOCAL transaction_read_only = on;
SELECT is((SELECT count(*) FROM check_binding(95, 2)), 15::bigint, 'in a read-only transaction');

SELECT * FROM finish();
ROLLBACK;
