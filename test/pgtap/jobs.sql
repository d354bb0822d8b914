-- When jobs are due, by calendar and clock; what runs commits, so that
-- test/tap/jobs.pl tests it.
BEGIN;
\ir company.psql
SELECT plan(24);

-- The slots of a job as the clock goes from minute to minute through a time.
CREATE FUNCTION pg_temp.slots(run_at time, zone text, since timestamptz, until timestamptz, day_of_month integer DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(slot AT TIME ZONE zone, 'DD HH24:MI') || format(' x%s', n), ', ' ORDER BY slot)
    FROM (SELECT slot, count(*) AS n
          FROM (SELECT latest_slot(run_at, day_of_month, zone, clock) AS slot,
                    lag(latest_slot(run_at, day_of_month, zone, clock)) OVER (ORDER BY clock) AS before
                FROM generate_series(since, until, '1 minute') clock) c
          WHERE slot IS DISTINCT FROM before
          GROUP BY slot) s
$$;

-- Changes of the clock.
SELECT is(pg_temp.slots('02:30', 'Europe/Berlin', '2026-03-29 00:00+01', '2026-03-30 12:00+02'), '28 02:30 x1, 29 03:30 x1, 30 02:30 x1',
    'a time that the clock leaves out is one slot, an hour later');
SELECT is(pg_temp.slots('02:30', 'Europe/Berlin', '2026-10-25 00:00+02', '2026-10-26 12:00+01'), '24 02:30 x1, 25 02:30 x1, 26 02:30 x1',
    'one that it repeats is one slot');
SELECT is(latest_slot('02:30', NULL, 'Europe/Berlin', '2026-10-25 02:29:59+01'), '2026-10-24 02:30+02', 'the second of the two: not before it');
SELECT is(latest_slot('02:30', NULL, 'Europe/Berlin', '2026-10-25 02:30+01'), '2026-10-25 02:30+01', 'but on it');
SELECT is(pg_temp.slots('00:30', 'Africa/Cairo', '2026-04-23 12:00+02', '2026-04-25 12:00+03'), '23 00:30 x1, 24 01:30 x1, 25 00:30 x1',
    'where the clock leaves out midnight, too');
SELECT is(
    (SELECT count(*) FROM unnest(ARRAY['Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Cairo']) zone,
        unnest(ARRAY['00:00', '00:30', '02:00']::time[]) run_at,
        LATERAL (SELECT count(DISTINCT latest_slot(run_at, NULL, zone, clock)) AS n
                 FROM generate_series(timestamptz '2025-12-31 12:00Z', '2026-12-31 12:00Z', '90 minutes') clock) s
     WHERE s.n <> 366),
    0::bigint, 'a year of them has a slot a day in every zone, and the one before');
SELECT is(
    (SELECT count(*) FROM unnest(ARRAY[NULL, 1, 29, 31]) day,
        generate_series(timestamptz '2023-12-30 22:00Z', '2024-12-31 23:00Z', '5 hours') clock
     WHERE latest_slot('02:30', day, 'Europe/Berlin', clock) IS DISTINCT FROM
            (SELECT latest_slot('02:30', day, 'Europe/Berlin', next_slot('02:30', day, 'Europe/Berlin', latest_slot('02:30', day, 'Europe/Berlin', clock)) - interval '1 microsecond'))
        OR NOT (latest_slot('02:30', day, 'Europe/Berlin', clock) <= clock AND clock < next_slot('02:30', day, 'Europe/Berlin', clock))),
    0::bigint, 'the latest and the next enclose the clock and nothing lies between them, all through a year');

-- Days of the month.
SELECT is(latest_slot('02:00', NULL, 'Europe/Moscow', '2010-07-15 02:00+04'), '2010-07-15 02:00+04', 'a daily slot begins at its time');
SELECT is(latest_slot('02:00', NULL, 'Europe/Moscow', '2010-07-15 01:59+04'), '2010-07-14 02:00+04', 'before it yesterday''s is the latest');
SELECT is(latest_slot('02:00', 1, 'Europe/Moscow', '2010-07-01 01:59+04'), '2010-06-01 02:00+04', 'a monthly one likewise');
SELECT is(latest_slot('02:00', 31, 'Europe/Moscow', '2010-03-30 12:00+04'), '2010-02-28 02:00+03', 'the 31st is the last of a shorter month');
SELECT is(latest_slot('02:00', 31, 'Europe/Moscow', '2010-04-30 12:00+04'), '2010-04-30 02:00+04', 'of this month, too');
SELECT is(pg_temp.slots('00:00', 'Europe/Moscow', '2024-02-28 12:00+03', '2024-04-01 12:00+03', 31), '31 00:00 x1, 29 00:00 x1, 31 00:00 x1',
    'in a leap year that is 29 February');
SELECT is(pg_temp.slots('00:00', 'Europe/Moscow', '2023-02-27 12:00+03', '2023-03-01 12:00+03'), '27 00:00 x1, 28 00:00 x1, 01 00:00 x1',
    'the day after 28 February is the first of March');
SELECT is(latest_slot(NULL, NULL, 'Europe/Moscow', now()), NULL, 'a job without a time has no slot');

-- What is owed, by the ledger.
UPDATE job SET enabled = code = 'unbind_inactive', run_at = '00:00';
CREATE FUNCTION pg_temp.owed() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s since %s', to_char(owed_slot AT TIME ZONE 'Europe/Moscow', 'MM-DD'), to_char(owed_since AT TIME ZONE 'Europe/Moscow', 'MM-DD')), ' ')
    FROM job_slots() WHERE owed_slot IS NOT NULL
$$;
SELECT is(pg_temp.owed(), '07-15 since 07-15', 'a job that never ran owes its latest slot');
INSERT INTO job_run (job, slot, state) VALUES ('unbind_inactive', '2010-07-10 00:00+04', 'done');
SELECT is(pg_temp.owed(), '07-15 since 07-11', 'after downtime, too, since the first that it missed');
INSERT INTO job_run (job, slot, state, finished_at) VALUES ('unbind_inactive', '2010-07-15 00:00+04', 'failed', now());
SELECT is(pg_temp.owed(), '07-15 since 07-11', 'one that failed is owed');
SELECT is((SELECT overdue_by / 1440 FROM job_status WHERE job = 'unbind_inactive'), 4, 'and job_status says for how long');
UPDATE job_run SET state = 'done' WHERE state = 'failed';
SELECT is(pg_temp.owed(), NULL, 'one that is done is not');
SET LOCAL kbnorms.today = '2010-07-10';
SELECT is(pg_temp.owed(), NULL, 'a clock that is set back brings no slot back');
SET LOCAL kbnorms.today = '2010-07-15';
SELECT is((SELECT format('%s %s', next_run AT TIME ZONE 'Europe/Moscow', overdue_by) FROM job_status WHERE job = 'unbind_inactive'), '2010-07-16 00:00:00 ', 'then the next is');

UPDATE job SET run_at = '23:00' WHERE enabled;
SET LOCAL kbnorms.today = '2010-07-15';
SELECT is((SELECT owed_slot FROM job_slots() WHERE job = 'unbind_inactive' AND clock < '2010-07-15 23:00+04'), NULL, 'nor is anything owed because the job is moved to another time');
INSERT INTO job_run (job, slot, state) VALUES ('unbind_inactive', '2030-01-01 00:00+03', 'done');
UPDATE job SET run_at = '00:00' WHERE enabled;
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.owed(), '07-16 since 07-16', 'a run of a clock that was wrong by years stands for nothing');

SELECT * FROM finish();
ROLLBACK;
