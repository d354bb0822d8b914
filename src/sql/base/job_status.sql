-- How the jobs are doing, for whoever watches: a person, a dashboard, an alert.

CREATE FUNCTION job_is_running(pid integer) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- A number alone may be another process's by now: it has to hold a job's
    -- lock of this base, see src/jobs.c.  A standby sees no lock of its primary's
    -- and believes the ledger.
    SELECT pg_is_in_recovery() OR EXISTS (
        SELECT FROM pg_locks l
        WHERE l.pid = job_is_running.pid AND l.granted AND l.locktype = 'object'
            AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
            AND l.classid = 0 AND l.objid = this_base());
END;
COMMENT ON FUNCTION job_is_running(integer) IS
'Does that process of the server run jobs of this base?';

CREATE VIEW job_status WITH (security_invoker = true) AS
SELECT j.code AS job, j.title_en, j.title_ru, j.enabled,
    kbnorms.jobs_are_scheduled(this_base()) AS scheduled,
    coalesce(l.is_running, false) AS running,
    g.finished_at AS last_good_run,
    g.as_of AS last_good_as_of,
    l.id AS last_run_id,
    l.started_at AS last_run,
    CASE WHEN l.was_killed THEN 'failed' ELSE l.state END AS last_state,
    CASE
        WHEN NOT j.enabled THEN NULL
        WHEN s.owed_slot IS NULL OR l.is_running THEN s.next_slot
        ELSE s.clock + greatest(s.retry_at - now(), make_interval())
    END AS next_run,
    (extract(epoch FROM s.clock - s.owed_since) / 60)::integer AS overdue_by,
    coalesce(f.failures, 0) AS failures,
    CASE WHEN l.was_killed THEN kbnorms.translated('the run was killed or its session ended') ELSE f.error END AS last_error
FROM job j
JOIN job_slots() s ON s.job = j.code
LEFT JOIN LATERAL (
    SELECT r.started_at, r.finished_at, r.as_of
    FROM job_run r
    WHERE r.job = j.code AND r.state = 'done'
    ORDER BY r.finished_at DESC
    LIMIT 1) g ON true
LEFT JOIN LATERAL (
    SELECT r.id, r.started_at, r.state,
        r.state = 'running' AND job_is_running(r.pid) AS is_running,
        r.state = 'running' AND NOT job_is_running(r.pid) AS was_killed
    FROM job_run r
    WHERE r.job = j.code AND r.state NOT IN ('dry', 'skipped')
    ORDER BY r.started_at DESC, r.id DESC
    LIMIT 1) l ON true
LEFT JOIN LATERAL (
    SELECT sum(r.attempts - CASE WHEN r.id = l.id AND l.is_running THEN 1 ELSE 0 END) AS failures,
        (array_agg(r.error ORDER BY r.started_at DESC, r.id DESC) FILTER (WHERE r.error IS NOT NULL))[1] AS error
    FROM job_run r
    WHERE r.job = j.code AND r.state IN ('failed', 'refused', 'running')
        AND (g.started_at IS NULL OR r.started_at > g.started_at)) f ON true;
COMMENT ON VIEW job_status IS
'How every job is doing: its last good run, its next one, by how much it is overdue, and what it last failed of.';
COMMENT ON COLUMN job_status.job IS 'Code of the job.';
COMMENT ON COLUMN job_status.title_en IS 'Title in English.';
COMMENT ON COLUMN job_status.title_ru IS 'Title in Russian.';
COMMENT ON COLUMN job_status.enabled IS 'Does it run by itself?';
COMMENT ON COLUMN job_status.scheduled IS 'Has pg_cron an active entry that calls run_jobs, of a role that exists and may? NULL where it cannot be seen from here.';
COMMENT ON COLUMN job_status.running IS 'Is it running right now?';
COMMENT ON COLUMN job_status.last_good_run IS 'When it last ended well.';
COMMENT ON COLUMN job_status.last_good_as_of IS 'Day that this run worked for.';
COMMENT ON COLUMN job_status.last_run_id IS 'Its latest run, well or not: a row of job_run.';
COMMENT ON COLUMN job_status.last_run IS 'When that began.';
COMMENT ON COLUMN job_status.last_state IS 'What became of it: running, done, refused or failed.';
COMMENT ON COLUMN job_status.next_run IS 'When it is due next, or is tried again after a failure.';
COMMENT ON COLUMN job_status.overdue_by IS 'Minutes since it should have run and has not run well; NULL if it owes nothing.';
COMMENT ON COLUMN job_status.failures IS 'Attempts that failed or were refused since its last good run.';
COMMENT ON COLUMN job_status.last_error IS 'Why the latest of them failed; NULL if none has.';
