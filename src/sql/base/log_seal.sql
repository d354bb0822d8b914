-- Seals on the log: once a month is over for two days, how many rows were
-- written in it and a checksum of them are put down.  Numbers of the log have
-- gaps wherever a transaction failed, and those of transactions that ran side by
-- side come in any order, so that by itself no row says that another one is
-- gone; the seal does.  What the owner adds later has a higher number than the
-- seal and breaks none.
CREATE TABLE log_seal (
    month kbnorms.month PRIMARY KEY,
    through_id bigint NOT NULL,
    rows bigint NOT NULL,
    checksum numeric NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE log_seal IS
'What the log said of each month that is over, so that a row that was changed or removed since is noticed.';
COMMENT ON COLUMN log_seal.month IS 'Month of binding_log.changed_at, by UTC.';
COMMENT ON COLUMN log_seal.through_id IS 'The highest number of its rows; what has a higher one came later.';
COMMENT ON COLUMN log_seal.rows IS 'How many rows it had.';
COMMENT ON COLUMN log_seal.checksum IS 'Checksum of these rows, whatever their order.';
COMMENT ON COLUMN log_seal.sealed_at IS 'When this was put down.';
CREATE TRIGGER log_seal_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON log_seal
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept();
COMMENT ON TRIGGER log_seal_kept ON log_seal IS 'Refuses to change or remove rows.';

CREATE FUNCTION log_checksums() RETURNS TABLE (month kbnorms.month, id bigint, checksum bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    -- Dates and times as numbers, which depend on no setting.
    SELECT kbnorms.month((l.changed_at AT TIME ZONE 'UTC')::date), l.id,
        ('x' || left(md5(concat_ws(chr(31), l.id, l.organization_id, coalesce(l.manager_id::text, '-'),
            coalesce(extract(julian FROM l.bound_on)::text, '-'), coalesce(extract(julian FROM l.unbound_on)::text, '-'),
            coalesce(l.additional::text, '-'), coalesce(l.territory_exception, '-'), coalesce(l.head_id::text, '-'), l.change,
            coalesce(l.reason, '-'), coalesce(l.memo_id::text, '-'), l.changed_by, coalesce(l.acting_for, '-'),
            extract(epoch FROM l.changed_at),
            'taken ' || extract(julian FROM l.taken_on), 'waivers ' || l.waivers)), 16))::bit(64)::bigint
    FROM binding_log l;
END;
COMMENT ON FUNCTION log_checksums() IS
'Every row of the log with its month, by UTC, and a checksum that is the same under all settings.';

CREATE FUNCTION seal_log() RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    WITH sealed AS (
        INSERT INTO log_seal (month, through_id, rows, checksum)
        SELECT l.month, max(l.id), count(*), sum(l.checksum)
        FROM log_checksums() l
        WHERE l.month < kbnorms.month(((now() - interval '2 days') AT TIME ZONE 'UTC')::date)
            AND NOT EXISTS (SELECT FROM log_seal s WHERE s.month = l.month)
            AND NOT EXISTS (SELECT FROM log_archive a WHERE a.until > kbnorms.first_day(l.month)::timestamp AT TIME ZONE 'UTC')
        GROUP BY l.month
        ON CONFLICT DO NOTHING
        RETURNING month)
    SELECT count(*) FROM sealed;
END;
COMMENT ON FUNCTION seal_log() IS
'Seals the months of the log that have been over for two days and are wholly there. Returns how many. Done by the job verify.';

CREATE FUNCTION verify_log_seals() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'log_rewritten', 'error', 'binding_log', NULL::integer, NULL::integer, s.month::text,
        kbnorms.translated('the log of month %s is not what it was when it was sealed', s.month),
        kbnorms.translated('sealed at %s: rows %s, now %s', s.sealed_at, s.rows, coalesce(n.rows, 0)),
        kbnorms.translated('Rows were changed or removed past the triggers. Compare the log with a backup of that time.')
    FROM log_seal s
    LEFT JOIN (
        SELECT t.month, count(*) AS rows, sum(l.checksum) AS checksum
        FROM log_checksums() l
        JOIN log_seal t ON t.month = l.month AND l.id <= t.through_id
        GROUP BY t.month) n ON n.month = s.month
    WHERE (n.rows, n.checksum) IS DISTINCT FROM (s.rows, s.checksum)
        -- What was put away of its month is in log_archive.
        AND NOT EXISTS (SELECT FROM log_archive a WHERE a.until > kbnorms.first_day(s.month)::timestamp AT TIME ZONE 'UTC');
END;
COMMENT ON FUNCTION verify_log_seals() IS
'Months of the log of which a row was changed or removed since they were sealed. Check log_rewritten.';
