-- The company's day: kbnorms.timezone decides it everywhere, whatever the time
-- zone of the session is.  On Kiritimati it is always a later day than on Pago
-- Pago.
BEGIN;
\ir company.psql
SET LOCAL session_replication_role = origin;
SET LOCAL kbnorms.today = '';
SELECT plan(14);

SET LOCAL session_replication_role = replica;
SELECT pg_temp.hire(1, 'universal'), pg_temp.give(NULL, 1, 9);
SET LOCAL session_replication_role = origin;
CREATE FUNCTION pg_temp.day_in(zone text) RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE zone)::date $$;

SET LOCAL kbnorms.timezone = 'Pacific/Kiritimati';
SET LOCAL timezone = 'Pacific/Pago_Pago';
SELECT is(kbnorms.today(), pg_temp.day_in('Pacific/Kiritimati'), 'today is the company''s, not the session''s');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1);
SELECT is((SELECT min(bound_on) FROM binding), pg_temp.day_in('Pacific/Kiritimati'), 'a binding begins on it');
DELETE FROM binding WHERE organization_id = 2;
SELECT is((SELECT max(unbound_on) FROM binding_log), pg_temp.day_in('Pacific/Kiritimati'), 'and ends on it');
SELECT is((SELECT max(as_of) FROM compliance), kbnorms.today(), 'reports are as of it');
SELECT is((SELECT min(month) FROM compliance), date_trunc('month', pg_temp.day_in('Pacific/Kiritimati'))::date, 'the running month is its month');
INSERT INTO feed VALUES ('turnover', kbnorms.today() - 3), ('overdue', kbnorms.today() - 3);
SELECT is((plan_release(kbnorms.today())).refusal, NULL, 'feeds lag behind it');

-- The same moment in a company a day behind.
SET LOCAL kbnorms.timezone = 'Pacific/Pago_Pago';
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT is(kbnorms.today(), pg_temp.day_in('Pacific/Pago_Pago'), 'elsewhere it is another');
SELECT throws_ok(format('INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (3, 1, %L)', pg_temp.day_in('Pacific/Kiritimati')),
    '23514', NULL, 'what is today on Kiritimati lies in the future on Pago Pago');
SELECT lives_ok(format('INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (3, 1, %L)', pg_temp.day_in('Pacific/Pago_Pago')),
    'its own today does not');
SELECT throws_ok(format('SELECT check_release(%L, false, false, NULL)', pg_temp.day_in('Pacific/Kiritimati')), '22023', NULL, 'nor is anything released as of a day that has not come');
SELECT is((SELECT slot FROM due_jobs() WHERE job = 'unbind_inactive'),
    (SELECT max(d + time '02:00') AT TIME ZONE 'Pacific/Pago_Pago' FROM unnest(ARRAY[kbnorms.today(), kbnorms.today() - 1]) d
     WHERE (d + time '02:00') AT TIME ZONE 'Pacific/Pago_Pago' <= now()), 'jobs are due by the company''s clock');
SELECT is((SELECT count(*) FROM job_slots() WHERE next_slot <= clock OR owed_slot > clock OR clock <> now()), 0::bigint, 'which is the clock');

-- The end of February.
SET LOCAL kbnorms.timezone = 'Europe/Moscow';
UPDATE binding SET bound_on = '2010-08-31' WHERE organization_id = 3;
SET LOCAL kbnorms.today = '2011-02-27';
SELECT is((SELECT count(*) FROM release_due(kbnorms.today())), 0::bigint, 'on 27 February nobody is due who came on 31 August');
SET LOCAL kbnorms.today = '2011-02-28';
SELECT is((SELECT count(*) FROM release_due(kbnorms.today())), 1::bigint, 'on 28 February he is: there is no 31st');

SELECT * FROM finish();
ROLLBACK;
