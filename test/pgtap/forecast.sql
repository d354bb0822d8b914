-- unbinding_forecast: when each account is released, on what its clock stands,
-- what holds it back; and it foretells what the release does.
BEGIN;
\ir company.psql
SELECT plan(22);

CREATE FUNCTION pg_temp.foretold(manager_id integer, account_id integer) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s by %s: %s in %s%s', clock_on, clock_set_by, coalesce(release_on::text, 'never'), coalesce(days_left::text, '-'),
        CASE WHEN held_back THEN ' held back' ELSE '' END)
    FROM unbinding_forecast f WHERE f.manager_id = $1 AND f.account_id = $2
$$;

SELECT pg_temp.hire(m, 'universal') FROM generate_series(1, 3) m;
SELECT pg_temp.give(1, 1, 1, bound_on => '2010-02-10');
SELECT is(pg_temp.foretold(1, 1), '2010-02-10 by binding: 2010-08-10 in 26', 'without a sale the binding sets the clock');
INSERT INTO turnover VALUES (1, '2010-01', 100, '2010-01-20');
SELECT is(pg_temp.foretold(1, 1), '2010-02-10 by binding: 2010-08-10 in 26', 'a sale before it does not');
SELECT is((SELECT last_sale_on FROM unbinding_forecast WHERE account_id = 1), '2010-01-20', 'though it is shown');
UPDATE turnover SET month = '2010-03', last_on = '2010-03-31';
SELECT is(pg_temp.foretold(1, 1), '2010-03-31 by sale: 2010-09-30 in 77', 'a later sale does; a month''s end is clipped');
UPDATE turnover SET month = '2009-12', last_on = NULL;
UPDATE binding SET bound_on = '2009-12-31';
SELECT is(pg_temp.foretold(1, 1), '2009-12-31 by sale: 2010-06-30 in -15', 'what is due already has a day that has passed');

-- What holds it back.
INSERT INTO organization (id, name, head_id) VALUES (2, 'Branch of 1', 1), (3, 'Branch of 1', 1);
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (2, 1, '2010-06-01', false), (3, 2, '2010-06-01', true);
INSERT INTO overdue VALUES (3, 1000.50, NULL);
SELECT is(pg_temp.foretold(1, 1), '2009-12-31 by sale: 2010-06-30 in -15 held back', 'overdue receivables of any organization of it, whoever holds that');
SELECT is((SELECT reason FROM unbinding_forecast WHERE account_id = 1 AND manager_id = 1), 'overdue receivables of 1000.50', 'which it names');
INSERT INTO overdue VALUES (2, 99.50, '2010-05-01'), (1, 0, '2010-01-01');
SELECT results_eq('SELECT reason, overdue, overdue_since, bindings FROM unbinding_forecast WHERE account_id = 1 ORDER BY manager_id',
    $$VALUES ('overdue receivables of 1100.00 since 2010-05-01', 1100.00, date '2010-05-01', 2::bigint),
        ('overdue receivables of 1100.00 since 2010-05-01', 1100.00, '2010-05-01', 1)$$, 'all of them, for each holder, and of what is paid nothing');
SELECT is(pg_temp.foretold(2, 1), '2010-06-01 by binding: 2010-12-01 in 139 held back', 'every holder has a clock of his own');
UPDATE overdue SET amount = 0;
SELECT is((SELECT count(reason) FROM unbinding_forecast), 0::bigint, 'no reason where nothing holds it back');

-- How fresh.
SELECT is((SELECT DISTINCT as_of FROM unbinding_forecast), '2010-07-15', 'it is as of today');
INSERT INTO feed VALUES ('turnover', '2010-07-14');
SELECT is((SELECT DISTINCT facts_through FROM unbinding_forecast), NULL, 'a feed that was never loaded goes through no day');
INSERT INTO feed VALUES ('overdue', '2010-07-12'), ('activity', '2010-07-01');
SELECT is((SELECT DISTINCT facts_through FROM unbinding_forecast), '2010-07-12', 'the older of the two, the third is not read');
SELECT is((SELECT f FROM facts_through('{turnover,overdue,activity}') f), '2010-07-01', 'all feeds');

-- A policy that changes.
DELETE FROM binding;
SELECT pg_temp.give(1, 11, 11, bound_on => '2010-02-10');
SELECT pg_temp.give(1, 12, 12, bound_on => '2010-05-10');
INSERT INTO policy (effective_from, inactivity_months) VALUES ('2010-08-01', 3);
SELECT is(pg_temp.foretold(1, 11), '2010-02-10 by binding: 2010-08-01 in 17', 'a shorter period reaches on its first day what has run out by it');
SELECT is(pg_temp.foretold(1, 12), '2010-05-10 by binding: 2010-08-10 in 26', 'and later what runs out in it');
UPDATE policy SET inactivity_months = NULL WHERE effective_from = '2010-08-01';
SELECT is(pg_temp.foretold(1, 11), '2010-02-10 by binding: never in -', 'no period, no release');
UPDATE policy SET effective_from = '2010-08-11' WHERE effective_from = '2010-08-01';
SELECT is(pg_temp.foretold(1, 11), '2010-02-10 by binding: 2010-08-10 in 26', 'unless the period before has run out');
INSERT INTO policy (effective_from, inactivity_months) VALUES ('2010-11-01', 4);
SELECT is(pg_temp.foretold(1, 12), '2010-05-10 by binding: 2010-11-01 in 109', 'a period that comes back');
DELETE FROM policy;
SELECT is(pg_temp.foretold(1, 12), '2010-05-10 by binding: never in -', 'a base without a policy still lists everything');

-- What is foretold for a day is what the release of that day does, on facts
-- that do not change meanwhile.
INSERT INTO policy (effective_from, inactivity_months) VALUES ('2010-01-01', 6), ('2010-09-20', 5);
SELECT pg_temp.give(1 + n % 3, 1000 + n, 1000 + n, bound_on => date '2009-12-15' + n % 150) FROM generate_series(1, 600) n;
UPDATE organization SET head_id = id - 1 WHERE id > 1000 AND id % 3 = 0;
INSERT INTO turnover
SELECT id, kbnorms.month(d), id % 4 - 1, CASE WHEN id % 7 > 0 THEN d END
FROM organization CROSS JOIN LATERAL (SELECT date '2009-12-20' + id * 7 % 150 AS d) s WHERE id > 1000;
INSERT INTO overdue SELECT id, id % 2 FROM organization WHERE id > 1000 AND id % 5 = 0;
CREATE TABLE pg_temp.foretold AS SELECT manager_id, account_id, release_on, held_back FROM unbinding_forecast;
SET LOCAL session_replication_role = origin;
CREATE FUNCTION pg_temp.surprises(day date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    released bigint;
    answer bigint;
BEGIN
    PERFORM set_config('kbnorms.today', day::text, true);
    released := kbnorms.release_bindings(this_base(), day, (plan_release(day)).account_ids);
    SELECT count(*) + (released = 0)::integer INTO answer FROM (
        (SELECT f.manager_id, f.account_id FROM pg_temp.foretold f WHERE f.release_on > day OR f.held_back
            EXCEPT SELECT b.manager_id, o.account_id FROM binding b JOIN organization o ON o.id = b.organization_id)
        UNION ALL
        (SELECT b.manager_id, o.account_id FROM binding b JOIN organization o ON o.id = b.organization_id
            EXCEPT SELECT f.manager_id, f.account_id FROM pg_temp.foretold f WHERE f.release_on > day OR f.held_back)) x;
    RAISE SQLSTATE 'KB000' USING MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN SQLERRM;
END
$$;
SELECT is((SELECT array_agg(d::date ORDER BY d) FILTER (WHERE pg_temp.surprises(d::date) > 0)
        FROM generate_series(date '2010-07-15', '2010-11-20', '9 days') d), NULL,
    'a release on a day leaves what was foretold to stay, whatever the day');
SELECT cmp_ok((SELECT count(DISTINCT release_on) FROM pg_temp.foretold), '>', 80::bigint, 'of many days');

SELECT * FROM finish();
ROLLBACK;
