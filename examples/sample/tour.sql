-- What make demo shows: the sample company on 15 July 2010, step by step.
-- Expects a database with kbnorms and pg_cron whose kbnorms.today is that day, in
-- a cluster that may be thrown away: it makes roles.
\set VERBOSITY verbose
\set SHOW_CONTEXT never
\pset null '-'
\pset footer off

\echo == A client base with the norms of 2010, and a sample company in it
CALL kbnorms.create_client_base('kb', memos => false);
\ir load.sql
\set VERBOSITY verbose
SET search_path = kb, kbnorms, public;
SELECT (SELECT count(*) FROM unit WHERE kind = 'office') AS offices,
       (SELECT count(*) FROM manager) AS people,
       (SELECT count(DISTINCT account_id) FROM organization) AS clients,
       (SELECT count(*) FROM organization) AS organizations,
       (SELECT count(*) FROM binding) AS bindings,
       (SELECT count(*) FROM turnover) AS turnover_rows;

\echo What the old system held came in by import_bindings; two lines could not be right:
SELECT inn, personnel_no, bound_on, reason FROM import_reject;

-- The people and clients of the tour.
SELECT 2 AS full_manager, 7 AS other_full_manager, 12 AS manager_with_room \gset
SELECT min(id) FILTER (WHERE city = 'Тольятти' AND client_group = 'emo' AND territory_id IS NULL) AS prospect,
       min(id) FILTER (WHERE city = 'Тольятти' AND client_group = 'dealer') AS misfit
FROM organization
WHERE head_id IS NULL AND NOT EXISTS (SELECT FROM binding WHERE organization_id = account_id) \gset
SELECT min(organization_id) FILTER (WHERE manager_id = :full_manager) AS first_client,
       min(organization_id) FILTER (WHERE manager_id = :other_full_manager) AS second_client
FROM binding \gset

\echo
\echo == A bind is a plain INSERT. This manager has room, and the client fits:
\set ECHO queries
INSERT INTO kb.binding (organization_id, manager_id) VALUES (:prospect, :manager_with_room);
\set ECHO none
SELECT organization_id, manager_id, bound_on, change, changed_by FROM binding_log ORDER BY id DESC LIMIT 1;

\echo == A dealer of another city for a manager whose base is full: refused, with every reason:
\set ON_ERROR_STOP off
\set ECHO queries
INSERT INTO kb.binding (organization_id, manager_id) VALUES (:misfit, :full_manager);
\set ECHO none
\set ON_ERROR_STOP on

\echo
\echo == The same question without trying it:
\set ECHO queries
SELECT code, passed, actual, bound FROM kb.check_binding(:misfit, :full_manager);
\set ECHO none

\echo == Who could take that client:
\set ECHO queries
SELECT rank, manager_name, specialization, accounts, free_capacity, nearness FROM kb.candidates(:misfit) LIMIT 3;
\set ECHO none

\echo == Two full managers swap a client in one statement. Neither base grows, so it passes:
\set ECHO queries
UPDATE kb.binding SET manager_id = CASE manager_id WHEN :full_manager THEN :other_full_manager ELSE :full_manager END
WHERE organization_id IN (:first_client, :second_client);
\set ECHO none
SELECT organization_id, manager_id, bound_on, unbound_on, change FROM binding_log ORDER BY id DESC LIMIT 4;

\echo == The written basis: from now on every change needs a memo, its approval and the right hand
SELECT min(id) AS client FROM organization
WHERE city = 'Тольятти' AND client_group = 'emo' AND territory_id IS NULL AND head_id IS NULL
  AND NOT EXISTS (SELECT FROM binding WHERE organization_id = account_id) \gset
UPDATE rule SET enforcement = 'block' WHERE code IN ('memo', 'approval', 'applicant');
CREATE ROLE author;
CREATE ROLE director;
CREATE ROLE analyst;
SELECT grant_access('author', 'author'), grant_access('director', 'sales_director', 11),
       grant_access('analyst', 'client_analyst', 11) \g /dev/null
SET ROLE analyst;
\set VERBOSITY default
\set ON_ERROR_STOP off
\set ECHO queries
INSERT INTO kb.binding (organization_id, manager_id) VALUES (:client, :manager_with_room);
\set ECHO none
\set ON_ERROR_STOP on
\set VERBOSITY verbose

\echo Somebody writes the memo, the sales director of the region approves it, the analyst binds:
SET ROLE author;
INSERT INTO memo (reason) VALUES ('Стандартные условия ООК не раскрывают потенциал клиента') RETURNING id AS memo \gset
\set ECHO queries
INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id)
VALUES (:memo, 1, 'bind', :client, :manager_with_room);
SELECT capacity, unit_name, given, role_names FROM kb.submit_memo(:memo);
SET ROLE director;
SELECT capacity, unit_name, given FROM kb.approve_memo(:memo);
SET ROLE analyst;
INSERT INTO kb.binding (organization_id, manager_id) VALUES (:client, :manager_with_room);
\set ECHO none
RESET ROLE;
SELECT organization_id, manager_id, change, memo_id, changed_by FROM binding_log ORDER BY id DESC LIMIT 1;

\echo == The scorecard of June, a closed month rebuilt from the history, for two offices:
SELECT manager_name, base_size, base_size_actual AS accounts, paying_share AS paying,
       round(paying_share_actual, 2) AS share, meetings, meetings_actual AS met, cold_calls, off_profile, client_group,
       missed
FROM scorecard('2010-06')
WHERE manager_id <= 20 AND base_size IS NOT NULL
ORDER BY manager_id;

\echo == July is running: what may still be done is pending
SELECT measure, count(*) FILTER (WHERE verdict = 'met') AS met, count(*) FILTER (WHERE verdict = 'missed') AS missed,
       count(*) FILTER (WHERE verdict = 'pending') AS pending, count(*) FILTER (WHERE verdict = 'exempt') AS exempt
FROM compliance
GROUP BY measure
ORDER BY measure;

\echo == Deadlines: who left, or whose post or specialization has changed, and how many clients wait
SELECT manager_name, cause, since, deadline, accounts, verdict, office_head
FROM rebinding_due
ORDER BY deadline, manager_id;

\echo == The black list of June (ten of it): clients that bought less than the threshold
SELECT manager_name, account_id, potential, threshold, turnover
FROM blacklist('2010-06')
ORDER BY turnover DESC, account_id
LIMIT 10;

\echo == Silent for six months: what is to be released, and what receivables hold back
SELECT held_back, count(*) AS accounts, sum(bindings) AS bindings, min(release_on) AS first, max(release_on) AS last
FROM unbinding_forecast
WHERE release_on <= as_of
GROUP BY held_back
ORDER BY held_back;

\echo == pg_cron is told to look every minute for jobs that are due
\set ECHO queries
SELECT * FROM kbnorms.schedule_jobs('kb', '* * * * *');
\set ECHO none
\echo Waiting for it ...
SELECT set_config('tour.bindings', count(*)::text, false) FROM binding \g /dev/null
DO $$
BEGIN
    FOR i IN 1 .. 90 LOOP
        EXIT WHEN EXISTS (SELECT FROM kb.job_run WHERE job = 'unbind_inactive' AND finished_at IS NOT NULL);
        PERFORM pg_sleep(1);
    END LOOP;
END $$;
SELECT job, slot, as_of, state, released, error FROM job_run ORDER BY id;
SELECT status, return_message FROM cron.job_run_details ORDER BY runid DESC LIMIT 1;

\echo == What it released is in the log
SELECT organization_id, manager_id, bound_on, unbound_on, reason, changed_by
FROM binding_log
WHERE reason = 'inactivity'
ORDER BY id
LIMIT 8;
SELECT current_setting('tour.bindings')::integer AS bindings_before, count(*) AS bindings_now,
       (SELECT count(*) FROM binding_log WHERE reason = 'inactivity') AS released
FROM binding;

\echo
\echo == The job verify rechecks every promise from the tables alone; what holds has a date
\set ECHO queries
SELECT count(*) AS broken_promises FROM kb.verify();
\set ECHO none
SELECT verify_job() \g /dev/null
SELECT rule, enforcement, open_violations AS open, state, last_checked_at IS NOT NULL AS proven
FROM rule_status
ORDER BY sort_order;
