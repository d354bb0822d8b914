-- What is due for release and when: clock, hold-back, bounds, feeds.  The run
-- itself commits, so that test/tap/release.pl tests it.
BEGIN;
\ir company.psql
SELECT plan(33);

SELECT pg_temp.hire(m, 'universal') FROM generate_series(1, 3) m;

-- Due are which accounts, of whom, at a day; [held back] in brackets.
CREATE FUNCTION pg_temp.due(as_of date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format(CASE WHEN held_back THEN '[%s:%s]' ELSE '%s:%s' END, manager_id, account_id), ' ' ORDER BY manager_id, account_id)
    FROM release_due($1)
$$;
CREATE FUNCTION pg_temp.sell(organization_id integer, month kbnorms.month, amount numeric DEFAULT 100, last_on date DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$ INSERT INTO turnover VALUES ($1, $2, $3, $4) $$;

-- The last day from which the period has run out, against its definition.
SELECT is(
    (SELECT count(*) FROM generate_series(date '2010-01-01', '2012-12-31', '1 day') d
     WHERE silent_since(d::date) IS DISTINCT FROM (
         SELECT max(s)::date FROM generate_series(d - interval '200 days', d, '1 day') s
         WHERE s::date + interval '6 months' <= d)),
    0::bigint, 'silent_since is the last day with day + 6 months <= as_of, all days of three years');
SELECT is(silent_since('2011-02-28'), '2010-08-31', 'at the end of February the end of August has run out');
SELECT is(silent_since('2009-12-31'), NULL, 'before the first policy nothing is due');

-- The clock: the later of the last sale and the day it was bound.
SELECT pg_temp.give(1, 1, 2, bound_on => '2010-01-15');
SELECT is(pg_temp.due('2010-07-14'), NULL, 'a day before six months since it was bound: kept');
SELECT is(pg_temp.due('2010-07-15'), '1:1 1:2', 'on the day: due');
SELECT pg_temp.sell(1, '2010-01', 100, '2010-01-16');
SELECT is(pg_temp.due('2010-07-15'), '1:2', 'a sale a day later keeps it a day longer');
SELECT is(pg_temp.due('2010-07-16'), '1:1 1:2', 'but no longer');
UPDATE turnover SET last_on = NULL;
SELECT is(pg_temp.due('2010-07-30'), '1:2', 'a month without the day of its last sale counts to its end');
SELECT is(pg_temp.due('2010-07-31'), '1:1 1:2', 'and not longer');
UPDATE turnover SET amount = 0, last_on = '2010-01-31';
SELECT is(pg_temp.due('2010-07-15'), '1:1 1:2', 'nothing sold is no sale');
UPDATE turnover SET amount = -5;
SELECT is(pg_temp.due('2010-07-15'), '1:1 1:2', 'nor is a return');
UPDATE turnover SET amount = 0.01;
SELECT is(pg_temp.due('2010-07-15'), '1:2', 'a kopeck is');
SELECT pg_temp.sell(2, '2010-09', 100, '2010-09-01');
SELECT is(pg_temp.due('2010-07-15'), NULL, 'turnover after as_of keeps a client too');
UPDATE policy SET inactivity_months = 4;
SELECT is(pg_temp.due('2010-05-31'), '1:1', 'the period is the policy''s');
UPDATE policy SET inactivity_months = NULL;
SELECT is(pg_temp.due('2010-07-15'), NULL, 'no period: nobody is released');
UPDATE policy SET inactivity_months = 6;
INSERT INTO policy (effective_from, inactivity_months) VALUES ('2010-07-15', 3);
SELECT is(pg_temp.due('2010-07-14'), NULL, 'the policy is that of as_of, the day before a change');
SELECT is(pg_temp.due('2010-07-15'), '1:1', 'and from its day on');
DELETE FROM policy WHERE effective_from = '2010-07-15';

-- An account is one client: all its organizations, whoever holds them.
SELECT pg_temp.give(1, 11, 13, bound_on => '2009-01-01');
UPDATE organization SET head_id = 11 WHERE id IN (12, 13);
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (12, 2, '2009-01-01', true), (13, 3, '2010-06-01', true);
SELECT is(pg_temp.due('2010-07-15'), '1:11 2:11', 'every holder by his own day, the main and the additional');
SELECT is((SELECT array_agg(o ORDER BY o) FROM release_due('2010-07-15'), unnest(organization_ids) o WHERE manager_id = 1), '{11,12,13}', 'all its bindings with him end');
SELECT is((SELECT string_agg(manager_id::text, ' ') FROM release_due('2010-07-15', '{11}')), '1 2', 'asked by account the same');
SELECT is((SELECT count(*) FROM release_due('2010-07-15', '{12,1}')), 0::bigint, 'and nothing of others');
UPDATE binding SET bound_on = '2010-07-01' WHERE organization_id IN (11, 12) AND manager_id = 1;
SELECT is(pg_temp.due('2010-07-15'), '1:11 2:11', 'the earliest binding says how long he has it');
SELECT pg_temp.sell(13, '2010-03');
SELECT is(pg_temp.due('2010-07-15'), NULL, 'a sale to one of them keeps the client with all holders');
DELETE FROM turnover WHERE organization_id = 13;
INSERT INTO overdue VALUES (13, 0.01);
SELECT is(pg_temp.due('2010-07-15'), '[1:11] [2:11]', 'overdue receivables of one of them hold it back');
UPDATE overdue SET amount = 0;
SELECT is(pg_temp.due('2010-07-15'), '1:11 2:11', 'a settled one does not');
UPDATE manager SET left_on = '2010-02-01' WHERE id = 2;
SELECT is(pg_temp.due('2010-07-15'), '1:11 2:11', 'a leaver is treated like everybody');

-- Feeds and bounds.
INSERT INTO feed VALUES ('turnover', '2010-07-12'), ('overdue', '2010-07-12');
SELECT is((plan_release('2010-07-15')).refusal, NULL, 'feeds three days old will do');
UPDATE feed SET loaded_through = '2010-07-11' WHERE name = 'overdue';
SELECT is((plan_release('2010-07-15')).refusal, 'feed "overdue" is loaded through 2010-07-11, needed is 2010-07-12', 'four days old will not');
DELETE FROM feed;
SELECT matches((plan_release('2010-07-15')).refusal, '"turnover".*"overdue"', 'nor will feeds that were never loaded');
INSERT INTO feed VALUES ('turnover', '2010-07-15'), ('overdue', '2010-07-15');
SELECT pg_temp.give(3, 101, 146, bound_on => '2009-01-01');
SELECT is((plan_release('2010-07-15')).refusal, NULL, 'fifty bindings are within the bounds, whatever their share');
SELECT pg_temp.give(3, 147, 147, bound_on => '2009-01-01');
SELECT is((plan_release('2010-07-15')).refusal, '51 of 54 bindings are due, above the bounds of one run: 50 and a share of 0.05', 'fifty-one are not');
UPDATE policy SET max_unbind_share = 0.945;
SELECT is((plan_release('2010-07-15')).refusal, NULL, 'unless their share is small enough');

-- Run and forecast agree, on many clients whose clocks stand all around the day.
SELECT pg_temp.give(1 + n % 3, 1000 + n, 1000 + n, bound_on => date '2009-12-15' + n % 60) FROM generate_series(1, 600) n;
UPDATE organization SET head_id = id - 1 WHERE id > 1000 AND id % 3 = 0;
INSERT INTO turnover
SELECT id, kbnorms.month(d), id % 4 - 1, CASE WHEN id % 7 > 0 THEN d END
FROM organization CROSS JOIN LATERAL (SELECT date '2009-12-20' + id * 7 % 50 AS d) s WHERE id > 1000;
INSERT INTO overdue SELECT id, id % 2 FROM organization WHERE id > 1000 AND id % 5 = 0;
SELECT is(
    (SELECT count(*) FROM generate_series(date '2010-06-01', '2010-09-15', '1 day') AS day,
        LATERAL (SELECT manager_id, account_id, held_back FROM release_due(day::date)
                 EXCEPT ALL
                 SELECT manager_id, account_id, held_back FROM release_clock(day::date) WHERE release_on <= day) x)
    + (SELECT count(*) FROM generate_series(date '2010-06-01', '2010-09-15', '1 day') AS day,
        LATERAL (SELECT manager_id, account_id, held_back FROM release_clock(day::date) WHERE release_on <= day
                 EXCEPT ALL
                 SELECT manager_id, account_id, held_back FROM release_due(day::date)) x),
    0::bigint, 'what is due is what the clock says has run out, on every day');

SELECT * FROM finish();
ROLLBACK;
