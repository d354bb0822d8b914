-- What runs by itself, by the rows of job and the ledger job_run.

INSERT INTO job (code, title_en, title_ru, run_at) VALUES
    ('unbind_inactive', 'Release of inactive clients', 'Автоматическая отвязка неактивных клиентов', '02:00');

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
    VALUES (open_job_run.job, open_job_run.slot, open_job_run.as_of, 'running', open_job_run.forced, open_job_run.reason, pg_backend_pid())
    ON CONFLICT ON CONSTRAINT job_run_job_slot_key DO UPDATE
    SET as_of = excluded.as_of, state = 'running', started_at = excluded.started_at,
        finished_at = NULL, error = NULL, pid = excluded.pid
    RETURNING r.id INTO run_id;
    RETURN run_id;
END
$$;
COMMENT ON FUNCTION open_job_run(text, timestamptz, date, boolean, text) IS
'Begins a run of a job in the ledger: closes the row of a killed one, and reopens the row of a slot that is tried again.';

CREATE FUNCTION close_job_run(run_id bigint, state text, error text, held_back bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    UPDATE job_run r
    SET state = close_job_run.state, finished_at = clock_timestamp(), error = close_job_run.error,
        held_back = coalesce(close_job_run.held_back, 0)
    WHERE r.id = close_job_run.run_id;
END;
COMMENT ON FUNCTION close_job_run(bigint, text, text, bigint) IS
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
    IF run.state = 'refused' THEN
        RAISE EXCEPTION '%', translated('%s refused: %s', run.job, run.error)
            USING ERRCODE = failure,
                  DETAIL = translated('Nothing was changed; see row %s of job_run.', run_id),
                  HINT = translated('Load the feeds, or check what is due with CALL %s(dry_run => true) and then CALL %s(force => true, reason => ''...'').',
                      format('%s.%s', this_base(), run.job), format('%s.%s', this_base(), run.job));
    END IF;
    RAISE EXCEPTION '%', translated('%s failed: %s', run.job, run.error)
        USING ERRCODE = failure,
              DETAIL = translated('What was committed before stays done; see row %s of job_run.', run_id),
              HINT = translated('Call it again: it does what is left.');
END
$$;
COMMENT ON FUNCTION raise_job_error(bigint, text) IS
'Raises the error with which a run of a job ended, under its SQLSTATE.';

CREATE FUNCTION latest_slot(run_at time, day_of_month integer, local_now timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Each day, or on that day of each month (in a shorter month its last).
    SELECT max(s.slot)
    FROM (SELECT CASE
            WHEN day_of_month IS NULL THEN local_now::date - n
            ELSE least((m.first_day + make_interval(days => day_of_month - 1))::date,
                (m.first_day + make_interval(months => 1) - make_interval(days => 1))::date)
        END + run_at AS slot
        FROM generate_series(0, 1) n
        CROSS JOIN LATERAL (SELECT date_trunc('month', local_now) - make_interval(months => n) AS first_day) m) s
    WHERE s.slot <= local_now;
END;
COMMENT ON FUNCTION latest_slot(time, integer, timestamp) IS
'The latest time at or before local_now at which a job was to run.';

CREATE FUNCTION due_jobs() RETURNS TABLE (job text, slot timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    -- Asked first: it loads the library, after which the setting can be believed.
    day CONSTANT date := today();
    zone CONSTANT text := current_setting('kbnorms.timezone');
    local_now CONSTANT timestamp := day + (now() AT TIME ZONE zone)::time;
BEGIN
    RETURN QUERY
        SELECT j.code, s.slot
        FROM job j
        CROSS JOIN LATERAL (
            SELECT latest_slot(j.run_at, j.day_of_month, local_now) AT TIME ZONE zone AS slot) s
        LEFT JOIN job_run r ON r.job = j.code AND r.slot = s.slot
        WHERE j.enabled AND s.slot IS NOT NULL
            AND (r.id IS NULL OR r.state IN ('failed', 'refused', 'running'))
        ORDER BY s.slot, j.code;
END
$$;
COMMENT ON FUNCTION due_jobs() IS
'The jobs whose latest time has come, in the company''s time zone, and has not been served: never begun, failed, refused, or broken off while running.';

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
        CASE due.job
            WHEN 'unbind_inactive' THEN
                CALL @base@.release_inactive(kbnorms.today(), false, NULL, due.slot, run_id, failure);
            ELSE
                RAISE WARNING '%', kbnorms.translated('there is no job "%s"', due.job);
                CONTINUE;
        END CASE;
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
