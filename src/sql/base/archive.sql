-- Tables that grow for years, by month: how they come to be partitioned, and how
-- old months of the log are put away, although nobody may delete a row of it.

CREATE FUNCTION partition_key(table_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE table_name
    WHEN 'binding_log' THEN 'changed_at'
    WHEN 'change_log' THEN 'changed_at'
    WHEN 'turnover' THEN 'month'
    WHEN 'activity' THEN 'happened_on'
END;
COMMENT ON FUNCTION partition_key(text) IS 'By which column partition_by_month divides a table; NULL if it does not.';

-- What rests on a table by its identity and not by its name, as the statements
-- that make it anew: our views and functions and those of the company.
CREATE FUNCTION definitions_on(relation regclass) RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT d.definition
    FROM (
        SELECT DISTINCT v.oid, format('CREATE OR REPLACE VIEW %s %s AS %s', v.oid::regclass,
            'WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)) AS definition
        FROM pg_depend d
        JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = relation
        UNION ALL
        SELECT DISTINCT p.oid, pg_get_functiondef(p.oid)
        FROM pg_depend d
        JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid AND p.prosqlbody IS NOT NULL
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = relation) AS d
    ORDER BY d.oid;
END
$$;
COMMENT ON FUNCTION definitions_on(regclass) IS
'The statements that make the views and BEGIN ATOMIC functions on a table anew, wherever they are. Used by partition_by_month.';

CREATE FUNCTION partition_by_month(table_name text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    key CONSTANT text := partition_key(table_name);
    new_name CONSTANT text := format('%s.%I', this_base(), table_name);
    old_name CONSTANT text := table_name || '_whole';
    relation regclass;
    key_type regtype;
    key_number smallint;
    statements text[];
    enabling text[]; -- how its triggers are enabled, as statements too
    statement text;
    zone_before CONSTANT text := current_setting('TimeZone');
    renamed record;
    identity_column name;
    unmoved text;
    columns text;
    first_month month;
    last_month month;
    part month;
    made bigint := 0;
BEGIN
    PERFORM require_owner(this_base());
    PERFORM require_read_committed();
    IF key IS NULL THEN
        RAISE EXCEPTION '%', translated('table "%s" is not divided by month', coalesce(table_name, 'NULL'))
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = translated('Those that may be are binding_log, change_log, turnover and activity.');
    END IF;
    relation := new_name::regclass;
    IF (SELECT c.relkind FROM pg_class c WHERE c.oid = relation) = 'p' THEN
        RAISE EXCEPTION '%', translated('table "%s" is partitioned already', table_name)
            USING ERRCODE = 'wrong_object_type';
    END IF;
    SELECT string_agg(pg_describe_object(o.class, o.oid, 0), ', ') INTO unmoved
    FROM (
        SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p WHERE p.polrelid = relation
        UNION ALL
        SELECT 'pg_publication_rel'::regclass, p.oid FROM pg_publication_rel p WHERE p.prrelid = relation) AS o(class, oid);
    IF unmoved IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('table "%s" cannot be divided with what is set up on it', table_name)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = unmoved,
                  HINT = translated('Take it off, divide the table, and set it up again.');
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', relation);
    PERFORM set_config('TimeZone', current_setting('kbnorms.timezone'), true); -- whose months they are
    SELECT a.atttypid, a.attnum INTO key_type, key_number FROM pg_attribute a WHERE a.attrelid = relation AND a.attname = key;
    SELECT a.attname INTO identity_column FROM pg_attribute a WHERE a.attrelid = relation AND a.attidentity <> '';
    SELECT string_agg(quote_ident(a.attname), ', ') INTO columns
    FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '';

    -- Its parts as statements, before any of them has another name.  A key that
    -- lacks the column has it added; where it is no primary key, it is none then.
    statements := ARRAY(
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY (%s)', new_name, k.conname,
            array_to_string(ARRAY(SELECT quote_ident(a.attname) FROM unnest(k.conkey) WITH ORDINALITY AS n(attnum, place)
                    JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = n.attnum ORDER BY n.place)
                || CASE WHEN key_number = ANY (k.conkey) THEN '{}' ELSE ARRAY[quote_ident(key)] END, ', '))
        FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'p'
    ) || ARRAY(
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', new_name, k.conname, pg_get_constraintdef(k.oid))
        FROM pg_constraint k WHERE k.conrelid = relation AND k.contype = 'f'
    ) || ARRAY(
        SELECT CASE WHEN i.indisunique AND key_number <> ALL (i.indkey::smallint[])
            THEN regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE UNIQUE', 'CREATE') ELSE pg_get_indexdef(i.indexrelid) END
        FROM pg_index i WHERE i.indrelid = relation AND NOT i.indisprimary ORDER BY i.indexrelid
    ) || ARRAY(
        SELECT format('COMMENT ON INDEX %s IS %L', i.indexrelid::regclass, obj_description(i.indexrelid, 'pg_class'))
        FROM pg_index i WHERE i.indrelid = relation AND obj_description(i.indexrelid, 'pg_class') IS NOT NULL
    ) || ARRAY(
        SELECT s.text FROM pg_trigger t
        CROSS JOIN LATERAL (VALUES (pg_get_triggerdef(t.oid)),
            (format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, new_name, obj_description(t.oid, 'pg_trigger')))) AS s(text)
        WHERE t.tgrelid = relation AND NOT t.tgisinternal
    ) || ARRAY(
        SELECT format('GRANT %s%s ON %s TO %s', g.privilege_type, g.columns, new_name,
            CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM (
            SELECT '' AS columns, x.* FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = relation
            UNION ALL
            SELECT format(' (%I)', a.attname), x.* FROM pg_attribute a, aclexplode(a.attacl) x WHERE a.attrelid = relation) g
    ) || format('COMMENT ON TABLE %s IS %L', new_name, obj_description(relation, 'pg_class'))
        || ARRAY(SELECT * FROM definitions_on(relation));
    enabling := ARRAY(
        SELECT format('ALTER TABLE %s %s TRIGGER %I', new_name,
            CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END, t.tgname)
        FROM pg_trigger t WHERE t.tgrelid = relation AND NOT t.tgisinternal);

    EXECUTE format('ALTER TABLE %s RENAME TO %I', relation, old_name);
    FOR renamed IN
        SELECT c.oid::regclass AS name, c.relname, 'SEQUENCE' AS kind
        FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
        WHERE d.refobjid = relation AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
        UNION ALL
        SELECT c.oid::regclass, c.relname, 'INDEX' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = relation
    LOOP
        EXECUTE format('ALTER %s %s RENAME TO %I', renamed.kind, renamed.name, left(renamed.relname, 56) || '_whole');
    END LOOP;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING STATISTICS INCLUDING COMMENTS) PARTITION BY RANGE (%I)',
        new_name, relation, key);
    EXECUTE format('ALTER TABLE %s OWNER TO %s', new_name, (SELECT c.relowner::regrole FROM pg_class c WHERE c.oid = relation));
    IF identity_column IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED BY DEFAULT AS IDENTITY', new_name, identity_column);
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), nextval(pg_get_serial_sequence(%L, %L)), false)',
            new_name, identity_column, relation, identity_column);
        EXECUTE format('COMMENT ON SEQUENCE %s IS %L', pg_get_serial_sequence(new_name, identity_column),
            obj_description(pg_get_serial_sequence(relation::text, identity_column)::regclass, 'pg_class'));
    END IF;
    FOREACH statement IN ARRAY statements || enabling LOOP
        EXECUTE statement;
    END LOOP;

    -- A partition for every month from the first row to the coming months, by
    -- the clock of the server too, which dates the log where today is pinned.
    EXECUTE format('SELECT min(%1$I)::date::kbnorms.month, max(%1$I)::date::kbnorms.month FROM %2$s', key, relation) INTO first_month, last_month;
    FOR part IN
        SELECT DISTINCT m
        FROM (VALUES (month(today())), (month(now()::date))) AS running(day)
        CROSS JOIN LATERAL generate_series(
            CASE day WHEN month(today()) THEN least(first_month, day) ELSE day END,
            CASE day WHEN month(today()) THEN greatest(last_month, day + 2) ELSE day + 2 END) m
        WHERE day = month(today()) OR key_type = 'timestamptz'::regtype
        ORDER BY m
    LOOP
        PERFORM add_partition(new_name::regclass, key_type, first_day(part)::timestamp);
        made := made + 1;
    END LOOP;
    -- To no trigger of the company are its rows new ones.
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', new_name);
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', new_name, columns, columns, relation);
    FOREACH statement IN ARRAY enabling LOOP
        EXECUTE statement;
    END LOOP;
    EXECUTE format('DROP TABLE %s', relation);
    EXECUTE format('ANALYZE %s', new_name);
    PERFORM set_config('TimeZone', zone_before, true);
    RETURN made;
END
$$;
COMMENT ON FUNCTION partition_by_month(text) IS
'Divides binding_log, change_log, turnover or activity by month, with its rows, indexes, grants and triggers and with the views and functions on it, the company''s among them; returns how many partitions were made. From then on the job partitions adds those of the months to come. Nobody can use the table meanwhile. For the owner of the base.';

CREATE TABLE log_archive (
    partition_name text,
    through kbnorms.month NOT NULL,
    until timestamptz NOT NULL,
    log_rows bigint NOT NULL,
    archived_by text NOT NULL DEFAULT current_user,
    archived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition_name, archived_at)
);
COMMENT ON TABLE log_archive IS
'What has been taken out of binding_log by archive_log: the log knows of changes up to that month only what still holds.';
COMMENT ON COLUMN log_archive.partition_name IS 'The table that it was put into.';
COMMENT ON COLUMN log_archive.through IS 'The latest month in it.';
COMMENT ON COLUMN log_archive.until IS 'When the month after it began: from there on the log is whole.';
COMMENT ON COLUMN log_archive.log_rows IS 'How many rows.';
COMMENT ON COLUMN log_archive.archived_by IS 'Database role that did it.';
COMMENT ON COLUMN log_archive.archived_at IS 'When.';

CREATE FUNCTION log_begins() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT greatest(c.created_at, (SELECT max(a.until) FROM log_archive a)) FROM client_base c;
END;
COMMENT ON FUNCTION log_begins() IS
'From when on the log holds every change: since the base was laid out, or since the latest month that was put away.';

CREATE FUNCTION archive_log(through month, into_schema text) RETURNS SETOF log_archive
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    log CONSTANT regclass := 'binding_log';
    log_ends CONSTANT timestamptz := first_day(through + 1)::timestamp AT TIME ZONE current_setting('kbnorms.timezone');
    kept CONSTANT name := 'binding_log_kept_' || to_char(first_day(through), 'YYYY_MM');
    unrecorded text;
    columns CONSTANT text := (
        SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a
        WHERE a.attrelid = log AND a.attnum > 0 AND NOT a.attisdropped);
    parts regclass[];
    part regclass;
    archived log_archive;
BEGIN
    PERFORM require_owner(this_base());
    PERFORM require_read_committed();
    IF through IS NULL OR through >= month(today()) THEN
        RAISE EXCEPTION '%', translated('the log is put away through a month that has ended, not %s', coalesce(through::text, 'NULL'))
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF (SELECT c.relkind FROM pg_class c WHERE c.oid = log) <> 'p' THEN
        RAISE EXCEPTION '%', translated('table "%s" is not partitioned', 'binding_log')
            USING ERRCODE = 'wrong_object_type',
                  HINT = translated('Divide it first: SELECT %s.partition_by_month(''binding_log'').', this_base());
    ELSIF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = into_schema) THEN
        RAISE EXCEPTION '%', translated('schema "%s" does not exist', coalesce(into_schema, 'NULL'))
            USING ERRCODE = 'invalid_schema_name';
    END IF;
    LOCK TABLE binding_log IN ACCESS EXCLUSIVE MODE;

    -- What is put away is no longer there to rebuild a month from.
    SELECT min(m)::text INTO unrecorded
    FROM (
        SELECT greatest(month((min(l.changed_at) AT TIME ZONE current_setting('kbnorms.timezone'))::date), (SELECT max(a.through) + 1 FROM log_archive a)) AS first
        FROM binding_log l) f
    CROSS JOIN generate_series(f.first, through) m
    WHERE NOT EXISTS (SELECT FROM closed_month c WHERE c.month = m);
    IF unrecorded IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('month %s is not on record', unrecorded)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('Without its log it could not be rebuilt. Close it first: SELECT %s.close_month(%s).', this_base(), quote_literal(unrecorded));
    END IF;

    SELECT array_agg(i.inhrelid::regclass ORDER BY i.inhrelid) INTO parts
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = log AND c.relname <> kept
        AND (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''(.+)''\)$'))[1]::timestamptz <= log_ends;
    IF parts IS NULL THEN
        RETURN; -- put away already, or nothing there
    END IF;
    FOREACH part IN ARRAY parts LOOP
        EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', log, part);
    END LOOP;

    -- The rows that say what is bound and linked today stay in the log as they are.
    PERFORM attach_partition(log, kept, 'MINVALUE', quote_literal(log_ends));
    FOREACH part IN ARRAY parts LOOP
        EXECUTE format(
            'INSERT INTO %1$s (%3$s) SELECT %3$s FROM %2$s
             WHERE id IN (
                 SELECT max(q.id)
                 FROM %2$s q
                 JOIN binding b ON b.organization_id = q.organization_id AND b.manager_id = q.manager_id
                 WHERE q.unbound_on IS NULL
                 GROUP BY q.organization_id, q.manager_id
                 UNION ALL
                 SELECT max(q.id)
                 FROM %2$s q
                 JOIN organization o ON o.id = q.organization_id AND o.head_id = q.head_id
                 WHERE q.change = ''link''
                 GROUP BY q.organization_id)', log, part, columns);
    END LOOP;

    FOREACH part IN ARRAY parts LOOP
        SELECT format('%I.%I', into_schema, c.relname) INTO archived.partition_name FROM pg_class c WHERE c.oid = part;
        EXECUTE format('SELECT count(*) FROM %s', part) INTO archived.log_rows;
        EXECUTE format('ALTER TABLE %s SET SCHEMA %I', part, into_schema);
        INSERT INTO log_archive (partition_name, through, until, log_rows)
        VALUES (archived.partition_name, archive_log.through, log_ends, archived.log_rows)
        RETURNING * INTO archived;
        RETURN NEXT archived;
    END LOOP;
END
$$;
COMMENT ON FUNCTION archive_log(month, text) IS
'Takes the months of binding_log up to one out of the log, into tables of another schema, to be dumped and dropped; all of them have to be on record (close_month). Rows that say what is bound or linked today stay in the log too. For the owner of the base.';
