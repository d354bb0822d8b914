-- verify: every promise of the base rechecked.  Each check stands in a function
-- of its own; this is all of them.

CREATE FUNCTION verify_jobs() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'job_run_unsound', 'error', 'job_run', NULL::integer, NULL::integer, r.id::text,
        CASE
            WHEN r.state = 'running' AND r.finished_at IS NOT NULL THEN kbnorms.translated('run %s of job "%s" is running, but has ended', r.id, r.job)
            WHEN r.finished_at IS NULL AND r.state <> 'running' THEN kbnorms.translated('run %s of job "%s" is %s, but has not ended', r.id, r.job, r.state)
            ELSE kbnorms.translated('run %s of job "%s" ended before it began', r.id, r.job)
        END,
        kbnorms.translated('begun %s, ended %s', r.started_at, coalesce(r.finished_at::text, '-')),
        kbnorms.translated('The ledger was written by hand. Set the row right, as the owner of the base.')
    FROM job_run r
    WHERE (r.state = 'running') <> (r.finished_at IS NULL) OR r.finished_at < r.started_at
    UNION ALL
    SELECT 'job_runs_twice', 'error', 'job_run', NULL, NULL, r.job,
        kbnorms.translated('job "%s" has %s runs under way', r.job, count(*)),
        kbnorms.translated('rows %s', string_agg(r.id::text, ', ' ORDER BY r.id)),
        kbnorms.translated('Only one can be. The next run closes the rows of those that were killed.')
    FROM job_run r
    WHERE r.state = 'running'
    GROUP BY r.job
    HAVING count(*) > 1;
END;
COMMENT ON FUNCTION verify_jobs() IS
'Rows of the ledger of jobs that contradict themselves or each other. Checks job_run_unsound, job_runs_twice.';

CREATE FUNCTION verify_frozen_months() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'frozen_month_changed', 'error', 'closed_month', NULL::integer, NULL::integer, z.month::text,
        kbnorms.translated('the record of month %s is not what it was when the month was closed', z.month),
        kbnorms.translated('closed at %s by role "%s"', z.closed_at, z.closed_by),
        kbnorms.translated('Rows of the tables of history were changed past the triggers. Restore them from a backup of that time.')
    FROM closed_month z
    WHERE z.checksum IS DISTINCT FROM month_checksum(z.month)
    UNION ALL
    SELECT 'frozen_month_not_closed', 'error', h.table_name, NULL, NULL, h.month::text,
        kbnorms.translated('table "%s" has rows of month %s, which was never closed', h.table_name, h.month), NULL,
        kbnorms.translated('They came in past the triggers. Remove them the same way, and close the month with close_month().')
    FROM (
        SELECT DISTINCT 'compliance_history', c.month FROM compliance_history c
        UNION ALL
        SELECT DISTINCT 'scorecard_history', s.month FROM scorecard_history s
        UNION ALL
        SELECT DISTINCT 'blacklist_history', b.month FROM blacklist_history b
        UNION ALL
        SELECT DISTINCT 'unit_scorecard_history', u.month::kbnorms.month FROM unit_scorecard_history u
        UNION ALL
        SELECT DISTINCT 'head_scorecard_history', p.month::kbnorms.month FROM head_scorecard_history p
    ) AS h(table_name, month)
    WHERE NOT EXISTS (SELECT FROM closed_month z WHERE z.month = h.month);
END;
COMMENT ON FUNCTION verify_frozen_months() IS
'Months on record whose rows are not what they were when the month was closed, and rows of months that never were. Checks frozen_month_changed, frozen_month_not_closed.';

CREATE FUNCTION verify() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 10
SET jit = off -- so many small queries cost more to compile than to run
SET work_mem = '64MB'
BEGIN ATOMIC
    SELECT * FROM verify_bindings()
    UNION ALL SELECT * FROM verify_holders()
    UNION ALL SELECT * FROM verify_references()
    UNION ALL SELECT * FROM verify_log_rows()
    UNION ALL SELECT * FROM verify_log_seals()
    UNION ALL SELECT * FROM verify_links()
    UNION ALL SELECT * FROM verify_merged()
    UNION ALL SELECT * FROM verify_memo_items()
    UNION ALL SELECT * FROM verify_memo_states()
    UNION ALL SELECT * FROM verify_words()
    UNION ALL SELECT * FROM verify_triggers()
    UNION ALL SELECT * FROM verify_replica_mode()
    UNION ALL SELECT * FROM verify_indexes()
    UNION ALL SELECT * FROM verify_constraints()
    UNION ALL SELECT * FROM verify_versions()
    UNION ALL SELECT * FROM verify_jobs()
    UNION ALL SELECT * FROM verify_frozen_months();
END;
COMMENT ON FUNCTION verify() IS
'Rechecks from the tables and the catalog alone, not by the code of the triggers, what the base promises: one row for each promise that is not kept. No row is health. What facts have made of the norms is in violation, not here.';
