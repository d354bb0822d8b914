-- Jobs that keep house: the partitions of the months to come, and what pg_cron
-- wrote down long ago.

INSERT INTO job (code, title_en, title_ru, run_at, keep_days) VALUES
    ('partitions', 'Partitions of the coming months', 'Секции будущих месяцев', '01:00', NULL),
    ('prune', 'Pruning of what pg_cron wrote down', 'Очистка журнала pg_cron', '01:30', 30);

CREATE FUNCTION month_partitions()
RETURNS TABLE (parent regclass, key_type regtype, covered_until timestamp)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT * FROM (
        SELECT DISTINCT ON (p.partrelid) p.partrelid::regclass, a.atttypid::regtype,
            CASE WHEN d.from_bound + make_interval(months => 1) = d.to_bound THEN d.to_bound END AS covered_until
        FROM pg_partitioned_table p
        JOIN pg_class t ON t.oid = p.partrelid AND t.relnamespace = this_base()
        JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
            AND a.atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype, 'kbnorms.month'::regtype)
        JOIN pg_inherits i ON i.inhparent = p.partrelid
        JOIN pg_class c ON c.oid = i.inhrelid
        CROSS JOIN LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid),
            '^FOR VALUES FROM \((?:''(.+)''|MINVALUE)\) TO \((?:''(.+)''|MAXVALUE)\)$') AS b(bounds)
        -- A month is written as 2010-07.
        CROSS JOIN LATERAL (SELECT
            (b.bounds[1] || CASE WHEN length(b.bounds[1]) = 7 THEN '-01' ELSE '' END)::timestamp AS from_bound,
            (b.bounds[2] || CASE WHEN length(b.bounds[2]) = 7 THEN '-01' ELSE '' END)::timestamp AS to_bound) d
        WHERE p.partstrat = 'r' AND p.partnatts = 1 AND b.bounds IS NOT NULL
        ORDER BY p.partrelid, d.to_bound DESC NULLS FIRST) latest
    WHERE covered_until IS NOT NULL;
END;
COMMENT ON FUNCTION month_partitions() IS
'The tables of this base that are partitioned by month, going by their latest partition, and where that ends. One whose latest partition has no end, or is not a month, is none of them.';

CREATE FUNCTION attach_partition(parent regclass, part_name name, from_bound text, to_bound text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET lock_timeout = '1min'
AS $$
DECLARE
    full_name text;
    part CONSTANT text := format('%s.%I', this_base(), part_name);
    owner regrole;
    definition text;
    enabled "char";
BEGIN
    SELECT format('%s.%I', this_base(), c.relname), c.relowner INTO full_name, owner FROM pg_class c WHERE c.oid = parent;

    -- Made beside and then attached: readers of the table do not wait.
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)',
        part, full_name);
    EXECUTE format('ALTER TABLE %s OWNER TO %s', part, owner);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)', full_name, part, from_bound, to_bound);

    -- What stands guard over a whole statement is not handed down by itself.
    FOR definition, enabled IN
        SELECT replace(pg_get_triggerdef(t.oid), format(' ON %s ', full_name), format(' ON %s ', part)), t.tgenabled
        FROM pg_trigger t
        WHERE t.tgrelid = parent AND NOT t.tgisinternal AND t.tgtype::integer & 1 = 0 AND t.tgenabled <> 'D'
    LOOP
        EXECUTE definition;
        IF enabled = 'A' THEN
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', part, (regexp_match(definition, '^CREATE TRIGGER "?(.*?)"? (BEFORE|AFTER)'))[1]);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION attach_partition(regclass, name, text, text) IS
'Gives a table a partition, with its owner and its statement triggers.';

CREATE FUNCTION add_partition(parent regclass, key_type regtype, first_day timestamp) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    bound CONSTANT text := CASE key_type WHEN 'month'::regtype THEN '''YYYY-MM''' ELSE '''YYYY-MM-DD HH24:MI:SS''' END;
BEGIN
    PERFORM attach_partition(parent,
        (SELECT left(c.relname, 55) FROM pg_class c WHERE c.oid = parent) || to_char(first_day, '_YYYY_MM'),
        to_char(first_day, bound), to_char(first_day + make_interval(months => 1), bound));
END
$$;
COMMENT ON FUNCTION add_partition(regclass, regtype, timestamp) IS
'Gives a table its partition of the month from first_day on, with its owner and its statement triggers.';

CREATE FUNCTION partitions_job() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    -- This month and the two after it: time enough for somebody to come when it fails.
    needed CONSTANT timestamp := first_day(today()::month + 3);
    zone_before CONSTANT text := current_setting('TimeZone');
    behind record;
    problem text;
    made bigint := 0;
BEGIN
    -- By which the bounds of timestamps are shown and read.
    PERFORM set_config('TimeZone', current_setting('kbnorms.timezone'), true);
    FOR behind IN SELECT * FROM month_partitions() LOOP
        WHILE behind.covered_until < needed LOOP
            BEGIN
                PERFORM add_partition(behind.parent, behind.key_type, behind.covered_until);
            EXCEPTION WHEN OTHERS THEN
                problem := concat_ws('; ', problem, format('%s: %s', behind.parent, SQLERRM));
                EXIT;
            END;
            behind.covered_until := behind.covered_until + make_interval(months => 1);
            made := made + 1;
        END LOOP;
    END LOOP;
    PERFORM set_config('TimeZone', zone_before, true);
    IF problem IS NULL THEN
        RETURN made;
    END IF;
    -- What was made for other tables is kept: then the next run, with nothing
    -- else to do, fails of it.
    problem := translated('partitions of coming months could not be made: %s', problem);
    IF made = 0 THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_object_definition';
    END IF;
    RAISE WARNING '%', problem;
    RETURN made;
END
$$;
COMMENT ON FUNCTION partitions_job() IS
'Job: gives every table that is partitioned by month the partitions of this month and the two after it; returns how many were made.';

CREATE FUNCTION prune_job() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    keep CONSTANT integer := (SELECT j.keep_days FROM job j WHERE j.code = 'prune');
    pruned bigint := 0;
BEGIN
    -- Nothing to do where pg_cron lives elsewhere, or keeps its tables from us.
    -- Only what it wrote of this base: others may want theirs.
    IF EXISTS (
        SELECT FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'cron' AND c.relname = 'job_run_details'
            AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'DELETE'))
    THEN
        EXECUTE 'DELETE FROM cron.job_run_details WHERE database = $1 AND command = $2 AND end_time < $3'
            USING current_database(), format('CALL %s.run_jobs()', this_base()), now() - make_interval(days => keep);
        GET DIAGNOSTICS pruned = ROW_COUNT;
    END IF;
    RETURN pruned;
END
$$;
COMMENT ON FUNCTION prune_job() IS
'Job: removes what pg_cron wrote down of the runs of this base more than job.keep_days ago (none: keeps all), where pg_cron is in this database; returns how many rows. The ledger job_run keeps everything.';
