-- alerts: what calls for attention is raised once, raised again at its next
-- step, left alone while somebody looks after it, and closed when it is mended.
BEGIN;
\ir company.psql
SELECT plan(49);
INSERT INTO feed SELECT n, '2010-07-14' FROM unnest('{turnover,overdue,activity}'::text[]) n;
UPDATE job SET enabled = false;

-- What is open of a kind, like "7:12 30" (subject and step), acknowledged ones in brackets.
CREATE FUNCTION pg_temp.open(kind text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format(CASE a.state WHEN 'open' THEN '%s' ELSE '[%s]' END, concat_ws(' ', a.subject, a.step)), ', ' ORDER BY a.subject)
    FROM alert a WHERE a.kind = $1 AND a.state <> 'closed'
$$;

SELECT is(alerts_job(), 0::bigint, 'nothing to tell in an empty base');

-- A base above, then below its norm.
SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 41, bound_on => '2010-05-01');
INSERT INTO turnover SELECT n, kbnorms.month '2010-05' + m, 20000 FROM generate_series(1, 60) n, generate_series(0, 1) m WHERE n <= 41;
SELECT is(alerts_job(), 1::bigint, 'a base above its maximum is raised');
SELECT results_eq('SELECT kind, subject, state, raised_on, due_on, manager_id, organization_id, message, acknowledged_by, closed_at FROM alert',
    $$VALUES ('base_over', '1', 'open', date '2010-07-15', NULL::date, 1, NULL::integer, 'Manager 1 has 41 accounts, at most 40 are allowed', NULL, NULL::timestamptz)$$,
    'with all that is to be said');
SELECT is(alerts_job(), 0::bigint, 'a second run raises nothing');
SELECT is((SELECT count(*) || ' ' || bool_and(last_seen > first_seen) FROM alert), '1 true', 'nor makes a second one, but has seen it again');
SELECT pg_temp.give(1, 42, 42, bound_on => '2010-05-01');
INSERT INTO turnover SELECT 42, kbnorms.month '2010-05' + m, 20000 FROM generate_series(0, 1) m;
SELECT is(alerts_job(), 0::bigint, 'more of the same is no news');
SELECT is((SELECT message FROM alert), 'Manager 1 has 42 accounts, at most 40 are allowed', 'the figure is the present one');
SELECT lives_ok(format('SELECT acknowledge_alert(%s, %L)', id, 'talked to him'), 'somebody looks after it') FROM alert;
SELECT is((SELECT state || ' ' || acknowledged_by || ' ' || note || ' ' || (acknowledged_at IS NOT NULL) FROM alert), 'acknowledged ' || current_user || ' talked to him true', 'which is on record');
SELECT is(alerts_job(), 0::bigint, 'then it is not raised again');
SELECT is(pg_temp.open('base_over'), '[1]', 'and stays acknowledged');
SELECT throws_ok(format('SELECT acknowledge_alert(%s)', id), '55000', format('alert %s is acknowledged and cannot be acknowledged', id), 'once is enough') FROM alert;
DELETE FROM binding WHERE organization_id > 40;
SELECT is(alerts_job(), 0::bigint, 'mended');
SELECT is((SELECT state || ' ' || (closed_at IS NOT NULL) || ' ' || acknowledged_by FROM alert), 'closed true ' || current_user, 'it is closed by itself, and who looked after it is kept');
SELECT throws_ok(format('SELECT acknowledge_alert(%s)', id), '55000', NULL, 'what is closed is not acknowledged') FROM alert;
SELECT pg_temp.give(1, 43, 43, bound_on => '2010-05-01');
INSERT INTO turnover SELECT 43, kbnorms.month '2010-05' + m, 20000 FROM generate_series(0, 1) m;
SELECT is(alerts_job(), 1::bigint, 'when it comes back it is raised anew');
SELECT is((SELECT string_agg(state, ' ' ORDER BY id) FROM alert), 'closed open', 'as another alert');
DELETE FROM binding WHERE organization_id > 19;
SELECT is(alerts_job(), 1::bigint, 'below its minimum is another kind');
SELECT is(pg_temp.open('base_under') || (pg_temp.open('base_over') IS NULL), '1true', 'in its stead');
SELECT throws_ok('SELECT acknowledge_alert(0)', 'P0002', 'alert 0 does not exist', 'an unknown number');
SELECT throws_ok('SELECT acknowledge_alert(NULL)', 'P0002', 'alert NULL does not exist', 'none');

-- The black list.
UPDATE turnover SET amount = 14999 WHERE organization_id = 1;
SELECT is(alerts_job(), 1::bigint, 'a client entering the black list');
SELECT is((SELECT message || ' ' || organization_id FROM alert WHERE kind = 'blacklist'), '"Organization 1" with Manager 1 has bought for 14999 at most in 2 months, below 15000 1', 'which one, and why');
UPDATE turnover SET amount = 15000 WHERE organization_id = 1;
SELECT is(alerts_job(), 0::bigint, 'leaving it');
SELECT is(pg_temp.open('blacklist'), NULL, 'it is closed');

-- A release: one alert that comes nearer.
UPDATE turnover SET last_on = '2010-02-16', month = '2010-02' WHERE organization_id = 2 AND month = '2010-06';
DELETE FROM turnover WHERE organization_id = 2 AND month = '2010-05';
UPDATE binding SET bound_on = '2010-02-01' WHERE organization_id = 2;
UPDATE turnover SET amount = 1000000 WHERE organization_id = 2;
UPDATE norm_specialization SET blacklist_months = NULL;
SELECT is(alerts_job(), 0::bigint, '32 days before it is released there is nothing to say');
UPDATE turnover SET last_on = '2010-02-14' WHERE organization_id = 2;
SELECT is(alerts_job(), 1::bigint, '30 days before there is');
SELECT is(pg_temp.open('release_due'), '1:2 30', 'at its first step');
SELECT is((SELECT message || ', ' || due_on FROM alert WHERE kind = 'release_due'), '"Organization 2" leaves the base of Manager 1 on 2010-08-14 unless it buys something, 2010-08-14', 'who, from whom and when');
SELECT acknowledge_alert(id) FROM alert WHERE kind = 'release_due';
SET LOCAL kbnorms.today = '2010-08-06';
UPDATE feed SET loaded_through = '2010-08-06';
SELECT is(alerts_job(), 0::bigint, '8 days before it is quiet');
SET LOCAL kbnorms.today = '2010-08-07';
SELECT is(alerts_job(), 1::bigint, '7 days before it is raised again');
SELECT is(pg_temp.open('release_due'), '1:2 7', 'the same, open again');
SELECT is((SELECT count(*) || ' ' || max(raised_on) FROM alert WHERE kind = 'release_due'), '1 2010-08-07', 'and no second one');
SET LOCAL kbnorms.today = '2010-08-13';
UPDATE feed SET loaded_through = '2010-08-13';
SELECT is(alerts_job() || ' ' || pg_temp.open('release_due'), '1 1:2 1', 'the day before');
SET LOCAL kbnorms.today = '2010-08-16';
UPDATE feed SET loaded_through = '2010-08-15';
SELECT is(alerts_job() || ' ' || pg_temp.open('release_due'), '1 1:2 0', 'and once it is due');
INSERT INTO overdue VALUES (2, 10);
SELECT is(alerts_job(), 0::bigint, 'what is held back');
SELECT is(pg_temp.open('release_due'), NULL, 'is not to leave');
SET LOCAL kbnorms.today = '2010-07-15';
UPDATE feed SET loaded_through = '2010-07-14';
DELETE FROM binding WHERE organization_id = 2;

-- Deadlines.
SELECT pg_temp.hire(2, 'chain');
SELECT pg_temp.give(2, 101, 102, 'chain', bound_on => '2010-06-01');
UPDATE manager SET left_on = '2010-06-22' WHERE id = 2;
SELECT is(alerts_job() || ' ' || pg_temp.open('handover_due'), '1 2 7', 'a hand-over that is near');
SELECT is((SELECT message FROM alert WHERE kind = 'handover_due'), '2 accounts of Manager 2 are to be handed over before 2010-07-22', 'of what, of whom and until when');
UPDATE manager SET left_on = '2010-06-15' WHERE id = 2;
SELECT is(alerts_job() || ' ' || pg_temp.open('handover_due'), '1 2 0', 'or missed');
SELECT pg_temp.hire(3, 'panel_builder');
SELECT pg_temp.give(3, 201, 207, 'panel_builder', bound_on => '2010-05-01');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (3, '2010-05-16', 'manager', 'chain', 10);
SELECT is(alerts_job() || ' ' || pg_temp.open('respecialization_due'), '1 3 1', 'a change of specialization');

-- Feeds and jobs.
UPDATE feed SET loaded_through = '2010-07-12' WHERE name = 'turnover';
UPDATE feed SET loaded_through = '2010-07-11' WHERE name = 'overdue';
DELETE FROM feed WHERE name = 'activity';
SELECT alerts_job();
SELECT is((SELECT string_agg(message, '; ' ORDER BY message) FROM alert WHERE kind = 'feed_late'),
    'feed "activity" is loaded through no day, needed is 2010-07-12; feed "overdue" is loaded through 2010-07-11, needed is 2010-07-12', 'feeds that are behind by more than the policy allows');
UPDATE job SET enabled = true WHERE code = 'unbind_inactive';
INSERT INTO job_run (job, slot, state, started_at, finished_at, error) VALUES
    ('unbind_inactive', '2010-07-13 02:00 Europe/Moscow', 'done', '2010-07-13 02:00Z', '2010-07-13 02:01Z', NULL),
    ('unbind_inactive', '2010-07-15 02:00 Europe/Moscow', 'refused', '2010-07-15 02:00Z', '2010-07-15 02:01Z', 'stale');
SELECT alerts_job();
SELECT is((SELECT message FROM alert WHERE kind = 'job_failed'), 'job "unbind_inactive" failed: stale', 'a job that failed');
SELECT is(pg_temp.open('job_overdue'), 'unbind_inactive', 'and one that has not run well for an hour');
INSERT INTO job_run (job, slot, state, started_at, finished_at) VALUES ('unbind_inactive', NULL, 'done', now(), now());
UPDATE job_run SET state = 'done', finished_at = now() WHERE slot = '2010-07-15 02:00 Europe/Moscow';
SELECT alerts_job();
SELECT is(concat(pg_temp.open('job_failed'), pg_temp.open('job_overdue')), '', 'until it has');

-- What the company says: kinds, its own alerts, how long closed ones are kept.
UPDATE alert_kind SET enabled = false WHERE code = 'feed_late';
INSERT INTO alert (kind, message) VALUES ('ours', 'the roof leaks'), ('ours', 'the boss comes');
SELECT alerts_job();
SELECT is(pg_temp.open('feed_late'), NULL, 'a kind that is switched off is closed');
SELECT is((SELECT count(*) FROM alert WHERE kind = 'ours' AND state = 'open'), 2::bigint, 'alerts of its own are left alone');
UPDATE alert SET closed_at = now() - interval '401 days' WHERE kind = 'blacklist';
UPDATE alert SET closed_at = now() - interval '399 days' WHERE kind = 'release_due';
SELECT alerts_job();
SELECT is((SELECT string_agg(DISTINCT kind, ' ') FROM alert WHERE kind IN ('blacklist', 'release_due')), 'release_due', 'what was closed long ago is removed');

SELECT is((SELECT string_agg(k.code, ' ' ORDER BY k.code) FROM alert_kind k WHERE NOT EXISTS (SELECT FROM alert a WHERE a.kind = k.code)), 'blacklist', 'every kind was raised here');

SELECT * FROM finish();
ROLLBACK;
