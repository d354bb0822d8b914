-- What runs by itself, by the rows of job and the ledger job_run.
--
-- pg_cron only knocks: it replays nothing that a downtime missed, and what it
-- writes down of a run ends with its session.  When a job is due is therefore
-- read from job and job_run alone, each time anew, so that whoever calls
-- run_jobs, and however late, does what is owed and nothing twice.

INSERT INTO job (code, title_en, title_ru, run_at) VALUES
    ('unbind_inactive', 'Release of inactive clients', 'Автоматическая отвязка неактивных клиентов', '02:00');

CREATE FUNCTION job_clock(OUT zone text, OUT clock timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    -- Asked first: it loads the library, after which the setting can be believed.
    day CONSTANT date := today();
BEGIN
    zone := current_setting('kbnorms.timezone');
    clock := now();
    IF day <> (clock AT TIME ZONE zone)::date THEN -- pinned
        clock := (day + (clock AT TIME ZONE zone)::time) AT TIME ZONE zone;
    END IF;
END
$$;
COMMENT ON FUNCTION job_clock() IS
'The company''s time zone, and the time by which jobs are due: now, or the same time of the day on a day that is pinned.';

CREATE FUNCTION slots_near(run_at time, day_of_month integer, zone text, clock timestamptz) RETURNS SETOF timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    -- Each day, or on that day of each month (in a shorter month its last).  A
    -- time that a change of the clock leaves out is an hour later on that day,
    -- of one that it repeats the second counts: either is one slot.
    SELECT (CASE
            WHEN day_of_month IS NULL THEN l.local_clock::date + n
            ELSE least(m.first_day + day_of_month - 1, (m.first_day + make_interval(months => 1))::date - 1)
        END + run_at) AT TIME ZONE zone
    FROM (SELECT clock AT TIME ZONE zone AS local_clock) l
    CROSS JOIN generate_series(-2, 2) n
    CROSS JOIN LATERAL (SELECT (date_trunc('month', l.local_clock) + make_interval(months => n))::date AS first_day) m;
END;
COMMENT ON FUNCTION slots_near(time, integer, text, timestamptz) IS
'The times at which a job is to run, the nearest before and after a time among them.';

CREATE FUNCTION latest_slot(run_at time, day_of_month integer, zone text, clock timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT max(s) FROM slots_near(run_at, day_of_month, zone, clock) s WHERE s <= clock;
END;
COMMENT ON FUNCTION latest_slot(time, integer, text, timestamptz) IS
'The latest time at or before the clock at which a job was to run.';

CREATE FUNCTION next_slot(run_at time, day_of_month integer, zone text, clock timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT min(s) FROM slots_near(run_at, day_of_month, zone, clock) s WHERE s > clock;
END;
COMMENT ON FUNCTION next_slot(time, integer, text, timestamptz) IS
'The first time after the clock at which a job is to run.';

CREATE FUNCTION retry_delay(attempts integer) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN make_interval(mins => CASE WHEN attempts < 3 THEN 0 ELSE least(10 * (2 ^ least(attempts - 3, 3))::integer, 60) END);
COMMENT ON FUNCTION retry_delay(integer) IS
'How long a slot waits after so many attempts that failed: twice not at all, then ten minutes, and twice as long each time up to an hour.';

CREATE FUNCTION job_slots()
RETURNS TABLE (job text, clock timestamptz, owed_slot timestamptz, owed_since timestamptz, attempts integer, retry_at timestamptz, next_slot timestamptz)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT j.code, c.clock,
        CASE WHEN is_owed THEN s.latest END,
        -- The first that nothing has served since; of one that never ran, the first tried.
        CASE WHEN is_owed THEN least(s.latest, coalesce(
            next_slot(j.run_at, j.day_of_month, c.zone, h.served),
            h.first_tried)) END,
        coalesce(r.attempts, 0),
        -- At once where it was not tried, and where a refusal's feed has moved on.
        CASE WHEN is_owed THEN CASE
            WHEN r.id IS NULL OR (r.state = 'refused' AND EXISTS (SELECT FROM feed f WHERE f.loaded_at > r.finished_at)) THEN now()
            ELSE coalesce(r.finished_at, r.started_at) + retry_delay(r.attempts)
        END END,
        next_slot(j.run_at, j.day_of_month, c.zone, c.clock)
    FROM job_clock() c
    CROSS JOIN job j
    CROSS JOIN LATERAL (SELECT latest_slot(j.run_at, j.day_of_month, c.zone, c.clock) AS latest) s
    LEFT JOIN job_run r ON r.job = j.code AND r.slot = s.latest
    LEFT JOIN LATERAL (
        SELECT max(e.slot) FILTER (WHERE e.state = 'done') AS served, min(e.slot) AS first_tried
        FROM job_run e
        WHERE e.job = j.code AND e.slot <= c.clock) h ON true
    CROSS JOIN LATERAL (
        -- A later one that is done stands for it: the job was moved to an earlier time.
        SELECT j.enabled AND s.latest IS NOT NULL AND coalesce(h.served < s.latest, true) AS is_owed) o;
END;
COMMENT ON FUNCTION job_slots() IS
'For every job the slot that it owes, since when, after how many attempts and when it may be tried again, and the slot that comes next. A slot is owed until a run of it is done: never begun, failed, refused, or broken off while running.';

CREATE FUNCTION due_jobs() RETURNS TABLE (job text, slot timestamptz)
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- What has failed before does not keep the others waiting.
    SELECT s.job, s.owed_slot
    FROM job_slots() s
    WHERE s.retry_at <= now()
    ORDER BY s.attempts, s.owed_slot, s.job;
END;
COMMENT ON FUNCTION due_jobs() IS
'The jobs whose latest time has come, in the company''s time zone, and has not been served, unless they wait after having failed.';

CREATE FUNCTION open_job_run(job text, slot timestamptz, as_of date, forced boolean, reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    run_id bigint;
BEGIN
    -- The caller holds the job's lock: whoever ran it before is gone.
    UPDATE job_run r
    SET state = 'failed', finished_at = clock_timestamp(), error = translated('the run was killed or its session ended')
    WHERE r.job = open_job_run.job AND r.state = 'running';

    INSERT INTO job_run AS r (job, slot, as_of, state, forced, reason, pid)
    VALUES (open_job_run.job, open_job_run.slot, open_job_run.as_of, 'running', coalesce(open_job_run.forced, false),
        open_job_run.reason, pg_backend_pid())
    ON CONFLICT ON CONSTRAINT job_run_job_slot_key DO UPDATE
    SET as_of = excluded.as_of, state = 'running', started_at = excluded.started_at,
        finished_at = NULL, error = NULL, pid = excluded.pid, attempts = r.attempts + 1
    RETURNING r.id INTO run_id;
    RETURN run_id;
END
$$;
COMMENT ON FUNCTION open_job_run(text, timestamptz, date, boolean, text) IS
'Begins a run of a job in the ledger: closes the row of a killed one, and reopens the row of a slot that is tried again.';

CREATE FUNCTION close_job_run(run_id bigint, state text, error text, held_back bigint, done bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    UPDATE job_run r
    SET state = close_job_run.state, finished_at = clock_timestamp(), error = close_job_run.error,
        held_back = coalesce(close_job_run.held_back, 0), done = close_job_run.done
    WHERE r.id = close_job_run.run_id;
END;
COMMENT ON FUNCTION close_job_run(bigint, text, text, bigint, bigint) IS
'Ends a run of a job in the ledger.';

CREATE FUNCTION skip_job_run(job text, as_of date) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO job_run (job, as_of, state, finished_at, pid)
    VALUES (skip_job_run.job, skip_job_run.as_of, 'skipped', now(), pg_backend_pid());
END;
COMMENT ON FUNCTION skip_job_run(text, date) IS
'Notes in the ledger that a job was called while it ran in another session.';

CREATE FUNCTION raise_job_error(run_id bigint, failure text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    run job_run;
BEGIN
    SELECT * INTO STRICT run FROM job_run r WHERE r.id = run_id;
    IF run.state = 'refused' AND run.job = 'unbind_inactive' THEN
        RAISE EXCEPTION '%', translated('%s refused: %s', run.job, run.error)
            USING ERRCODE = failure,
                  DETAIL = translated('Nothing was changed; see row %s of job_run.', run_id),
                  HINT = translated('Load the feeds, or check what is due with CALL %s(dry_run => true) and then CALL %s(force => true, reason => ''...'').',
                      format('%s.%s', this_base(), run.job), format('%s.%s', this_base(), run.job));
    ELSIF run.state = 'refused' THEN
        RAISE EXCEPTION '%', translated('%s refused: %s', run.job, run.error)
            USING ERRCODE = failure,
                  DETAIL = translated('Nothing was changed; see row %s of job_run.', run_id);
    END IF;
    RAISE EXCEPTION '%', translated('%s failed: %s', run.job, run.error)
        USING ERRCODE = failure,
              DETAIL = translated('What was committed before stays done; see row %s of job_run.', run_id),
              HINT = translated('Call it again: it does what is left.');
END
$$;
COMMENT ON FUNCTION raise_job_error(bigint, text) IS
'Raises the error with which a run of a job ended, under its SQLSTATE.';

CREATE FUNCTION call_job(job text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    call CONSTANT text := format('%s.%I()', this_base(), job || '_job');
    done bigint;
BEGIN
    IF to_regprocedure(call) IS NULL THEN
        RAISE EXCEPTION '%', translated('there is no function %s to serve job "%s"', call, job)
            USING ERRCODE = 'undefined_function',
                  HINT = translated('Create it, returning how many things it did as bigint, or disable the row of job.');
    END IF;
    EXECUTE format('SELECT %s', call) INTO done;
    -- What is checked at the commit is the job's failure too.
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN done;
END
$$;
COMMENT ON FUNCTION call_job(text) IS
'Calls the function that serves a job, <code>_job() of the base; returns how many things it did.';

-- As release_inactive, it commits: nothing here has SET, every name is in full.
CREATE PROCEDURE serve_job(job text, slot timestamptz, INOUT run_id bigint DEFAULT NULL, INOUT failure text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    outcome text := 'done';
    message text;
    done bigint;
BEGIN
    IF job = 'unbind_inactive' THEN
        CALL @base@.release_inactive(kbnorms.today(), false, NULL, slot, run_id, failure);
        RETURN;
    END IF;
    run_id := NULL;
    failure := NULL;
    IF NOT kbnorms.lock_job(@base@.this_base(), job) THEN
        RETURN;
    END IF;
    run_id := @base@.open_job_run(job, slot, kbnorms.today(), false, NULL);
    COMMIT;
    BEGIN
        done := @base@.call_job(job);
    EXCEPTION WHEN OTHERS THEN
        failure := SQLSTATE;
        message := SQLERRM;
        outcome := CASE failure WHEN '55000' THEN 'refused' ELSE 'failed' END;
    END;
    PERFORM @base@.close_job_run(run_id, outcome, message, 0, done);
    COMMIT;
    PERFORM kbnorms.unlock_job(@base@.this_base(), job);
END
$$;
COMMENT ON PROCEDURE serve_job(text, timestamptz, bigint, text) IS
'One run of a job with its row in job_run; failure is the SQLSTATE of what stopped it, no run_id says that another one is under way. Used by run_jobs and run_job.';

CREATE PROCEDURE run_jobs()
LANGUAGE plpgsql
AS $$
DECLARE
    due record;
    run_id bigint;
    failure text;
BEGIN
    IF NOT kbnorms.lock_job(@base@.this_base(), 'run_jobs') THEN
        RETURN;
    END IF;
    FOR due IN SELECT d.job, d.slot FROM @base@.due_jobs() d LOOP
        CALL @base@.serve_job(due.job, due.slot, run_id, failure);
        IF failure IS NOT NULL THEN
            RAISE WARNING '%: %', due.job, (SELECT r.error FROM @base@.job_run r WHERE r.id = run_id);
        END IF;
    END LOOP;
    COMMIT;
    PERFORM kbnorms.unlock_job(@base@.this_base(), 'run_jobs');
END
$$;
COMMENT ON PROCEDURE run_jobs() IS
'Runs every job that is due, one after the other, and goes on after a refusal or failure. For pg_cron, see kbnorms.schedule_jobs.';

CREATE PROCEDURE run_job(job text)
LANGUAGE plpgsql
AS $$
DECLARE
    owed timestamptz;
    run_id bigint;
    failure text;
BEGIN
    IF NOT EXISTS (SELECT FROM @base@.job j WHERE j.code = run_job.job) THEN
        RAISE EXCEPTION '%', kbnorms.translated('there is no job "%s"', coalesce(job, 'NULL'))
            USING ERRCODE = 'undefined_object', HINT = kbnorms.translated('Table job says which there are.');
    END IF;
    SELECT s.owed_slot INTO owed FROM @base@.job_slots() s WHERE s.job = run_job.job;
    CALL @base@.serve_job(job, owed, run_id, failure);
    IF run_id IS NULL THEN
        PERFORM @base@.skip_job_run(job, kbnorms.today());
        RAISE WARNING '%', kbnorms.translated('%s is running in another session, nothing was done here', job);
    ELSIF failure IS NOT NULL THEN
        PERFORM @base@.raise_job_error(run_id, failure);
    END IF;
END
$$;
COMMENT ON PROCEDURE run_job(text) IS
'Runs one job now, whether it waits after a failure or is not due; where it owes a slot, that is served. To be called at top level.';
