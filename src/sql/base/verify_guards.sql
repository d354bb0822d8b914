-- What stands guard: triggers, unique indexes, settings.  A guard that is down
-- now has broken nothing yet, but what comes in meanwhile is seen by nobody.

-- Every trigger of a base and what fires it.  A test compares this list with
-- the triggers of a fresh base.
CREATE FUNCTION promised_triggers()
RETURNS TABLE (table_name text, trigger_name text, function_name text, fires text, always boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 130
BEGIN ATOMIC
    SELECT t.table_name, t.trigger_name, t.function_name, t.fires, false
    FROM (VALUES
        ('binding', 'binding_inserted', 'binding_changed', 'after insert'),
        ('binding', 'binding_updated', 'binding_changed', 'after update'),
        ('binding', 'binding_deleted', 'binding_changed', 'after delete'),
        ('binding', 'binding_moved', 'binding_moved', 'before update of organization_id, manager_id for each row'),
        ('binding', 'binding_truncated', 'truncate_refused', 'before truncate'),
        ('organization', 'organization_inserted', 'organization_changed', 'after insert'),
        ('organization', 'organization_updated', 'organization_changed', 'after update'),
        ('organization', 'organization_deleted', 'organization_changed', 'after delete'),
        ('organization', 'organization_truncated', 'truncate_refused', 'before truncate'),
        ('organization', 'change_logged_update', 'log_organization_updated', 'after update'),
        ('organization', 'change_logged_delete', 'log_deleted', 'after delete'),
        ('manager', 'manager_updated', 'manager_changed', 'after update'),
        ('manager', 'manager_deleted', 'manager_changed', 'after delete'),
        ('manager', 'manager_truncated', 'truncate_refused', 'before truncate'),
        ('manager', 'change_logged_update', 'log_updated', 'after update'),
        ('manager', 'change_logged_delete', 'log_deleted', 'after delete'),
        ('norm_tenure', 'norm_refused', 'refuse_norm', 'before insert or update for each row when'),
        ('memo', 'memo_changed', 'memo_changed', 'before insert or delete or update for each row'),
        ('memo_item', 'memo_item_inserted', 'memo_item_changed', 'after insert'),
        ('memo_item', 'memo_item_updated_from', 'memo_item_changed', 'after update'),
        ('memo_item', 'memo_item_updated_to', 'memo_item_changed', 'after update'),
        ('memo_item', 'memo_item_deleted', 'memo_item_changed', 'after delete'),
        ('waiver', 'waiver_written', 'waiver_written', 'before insert or delete or update for each row'),
        ('waiver', 'waiver_kept', 'log_is_kept', 'before truncate')
    ) AS t(table_name, trigger_name, function_name, fires)
    UNION ALL
    SELECT t.table_name, g.trigger_name, g.function_name, g.fires, false
    FROM unnest(ARRAY[
        'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position', 'policy', 'rule',
        'specialization', 'client_group', 'potential', 'position', 'authority', 'manager_post', 'manager_territory',
        'territory', 'unit', 'waiver', 'absence', 'hold_extension']) AS t(table_name)
    CROSS JOIN (VALUES
        ('change_logged_insert', 'log_inserted', 'after insert'),
        ('change_logged_update', 'log_updated', 'after update'),
        ('change_logged_delete', 'log_deleted', 'after delete'),
        ('change_logged_truncate', 'log_truncated', 'before truncate')) AS g(trigger_name, function_name, fires)
    UNION ALL
    SELECT t.table_name, g.trigger_name, 'norms_changed', g.fires, true
    FROM unnest(ARRAY[
        'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position',
        'policy', 'specialization', 'client_group', 'potential', 'position', 'rule', 'unit', 'waiver']) AS t(table_name)
    CROSS JOIN (VALUES
        ('norms_changing', 'before insert or delete or update or truncate'),
        ('norms_changed', 'after insert or delete or update or truncate')) AS g(trigger_name, fires)
    UNION ALL
    SELECT t.table_name, t.table_name || '_kept', 'log_is_kept', 'before delete or update or truncate', false
    FROM unnest(ARRAY[
        'binding_log', 'change_log', 'closed_month', 'compliance_history', 'scorecard_history', 'blacklist_history',
        'unit_scorecard_history', 'head_scorecard_history', 'log_seal']) AS t(table_name)
    UNION ALL
    SELECT t.table_name, t.table_name || '_sealed', 'refuse_closed_month', 'after insert', false
    FROM unnest(ARRAY[
        'compliance_history', 'scorecard_history', 'blacklist_history', 'unit_scorecard_history', 'head_scorecard_history']) AS t(table_name)
    UNION ALL
    SELECT t.table_name, 'owner_only', 'owner_only', 'before insert or delete or update or truncate', false
    FROM unnest(ARRAY[
        'memo_approval', 'authority', 'rule', 'policy', 'waiver', 'hold_extension',
        'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position']) AS t(table_name);
END;
COMMENT ON FUNCTION promised_triggers() IS
'Every trigger that a client base has, its function, what fires it, and whether it fires also where replication or a restore switches ordinary triggers off.';

CREATE FUNCTION present_triggers()
RETURNS TABLE (table_name text, trigger_name text, function_name text, fires text, enabled "char", is_ours boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 130
BEGIN ATOMIC
    SELECT c.relname::text, t.tgname::text, p.proname::text,
        concat_ws(' ',
            CASE WHEN t.tgtype & 64 > 0 THEN 'instead of' WHEN t.tgtype & 2 > 0 THEN 'before' ELSE 'after' END,
            concat_ws(' or ',
                CASE WHEN t.tgtype & 4 > 0 THEN 'insert' END,
                CASE WHEN t.tgtype & 8 > 0 THEN 'delete' END,
                CASE WHEN t.tgtype & 16 > 0 THEN 'update' || CASE WHEN cardinality(t.tgattr::smallint[]) > 0 THEN
                    ' of ' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
                               FROM unnest(t.tgattr::smallint[]) WITH ORDINALITY AS k(attnum, n)
                               JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.attnum) ELSE '' END END,
                CASE WHEN t.tgtype & 32 > 0 THEN 'truncate' END),
            CASE WHEN t.tgtype & 1 > 0 THEN 'for each row' END,
            CASE WHEN t.tgqual IS NOT NULL THEN 'when' END),
        t.tgenabled,
        p.pronamespace IN (c.relnamespace, 'kbnorms'::regnamespace)
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE c.relnamespace = this_base() AND NOT t.tgisinternal;
END;
COMMENT ON FUNCTION present_triggers() IS
'Every trigger that the tables of this base have now, its function, what fires it, whether it is enabled, and whether the function is the base''s or the extension''s.';

CREATE FUNCTION verify_triggers() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT f.fault, 'warning', f.table_name, NULL::integer, NULL::integer, f.trigger_name,
        CASE f.fault
            WHEN 'trigger_missing' THEN kbnorms.translated('table "%s" lacks trigger "%s"', f.table_name, f.trigger_name)
            WHEN 'trigger_altered' THEN kbnorms.translated('trigger "%s" of table "%s" is not the one that was laid out', f.trigger_name, f.table_name)
            WHEN 'trigger_off' THEN kbnorms.translated('trigger "%s" of table "%s" is switched off', f.trigger_name, f.table_name)
            ELSE kbnorms.translated('trigger "%s" of table "%s" does not fire where replication or a restore writes', f.trigger_name, f.table_name)
        END,
        CASE f.fault
            WHEN 'trigger_altered' THEN kbnorms.translated('it calls %s %s, and should call %s %s', f.is_function, f.is_fires, f.function_name, f.fires)
            WHEN 'trigger_missing' THEN kbnorms.translated('it calls %s %s', f.function_name, f.fires)
        END,
        CASE f.fault
            WHEN 'trigger_off' THEN concat_ws(' ', format('ALTER TABLE %s.%I ENABLE TRIGGER %I;', this_base(), f.table_name, f.trigger_name),
                kbnorms.translated('Then look at what else verify() finds.'))
            WHEN 'trigger_not_always' THEN format('ALTER TABLE %s.%I ENABLE ALWAYS TRIGGER %I;', this_base(), f.table_name, f.trigger_name)
            ELSE concat_ws(' ', kbnorms.translated('Create it again as a fresh base has it.'), kbnorms.translated('Then look at what else verify() finds.'))
        END
    FROM (
        SELECT p.table_name, p.trigger_name, p.function_name, p.fires, t.function_name AS is_function, t.fires AS is_fires,
            CASE
                WHEN t.trigger_name IS NULL THEN 'trigger_missing'
                WHEN t.enabled IN ('D', 'R') THEN 'trigger_off'
                WHEN (t.function_name, t.fires) <> (p.function_name, p.fires) OR NOT t.is_ours THEN 'trigger_altered'
                WHEN p.always AND t.enabled <> 'A' THEN 'trigger_not_always'
            END AS fault
        FROM promised_triggers() p
        LEFT JOIN present_triggers() t ON t.table_name = p.table_name AND t.trigger_name = p.trigger_name
        UNION ALL
        -- Those of the foreign keys
        SELECT c.relname, t.tgname, NULL, NULL, NULL, NULL, 'trigger_off'
        FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = this_base() AND t.tgisinternal AND t.tgenabled IN ('D', 'R')
    ) f
    WHERE f.fault IS NOT NULL
    UNION ALL
    -- A statement trigger of a partitioned table does not see what names a partition.
    SELECT 'partition_unguarded', 'warning', p.table_name, NULL, NULL, l.relid::text,
        kbnorms.translated('partition "%s" of table "%s" lacks a trigger like "%s"', l.relid, p.table_name, p.trigger_name), NULL,
        format('CREATE TRIGGER %I %s ON %s EXECUTE FUNCTION %s();', p.trigger_name, upper(p.fires), l.relid, t.tgfoid::regproc)
    FROM promised_triggers() p
    JOIN pg_class c ON c.relname = p.table_name AND c.relnamespace = this_base() AND c.relkind = 'p'
    JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = p.trigger_name
    CROSS JOIN LATERAL pg_partition_tree(c.oid) l
    WHERE l.level > 0 AND t.tgtype & 1 = 0
        AND NOT EXISTS (
            SELECT FROM pg_trigger g
            WHERE g.tgrelid = l.relid AND g.tgfoid = t.tgfoid AND g.tgtype = t.tgtype AND g.tgqual IS NULL AND g.tgenabled IN ('O', 'A'));
END;
COMMENT ON FUNCTION verify_triggers() IS
'Triggers that are missing, switched off, or call something else, also those of foreign keys and of partitions. Checks trigger_missing, trigger_off, trigger_altered, trigger_not_always, partition_unguarded.';

CREATE FUNCTION verify_replica_mode() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 1
BEGIN ATOMIC
    -- What a session has set for itself is its own affair, and seen by what it leaves.
    SELECT 'replica_mode', 'warning', NULL::text, NULL::integer, NULL::integer, s.row_key,
        kbnorms.translated('session_replication_role is replica for %s: no trigger judges what it writes', s.whom), NULL::text,
        concat_ws(' ', kbnorms.translated('Take the setting back.'), kbnorms.translated('Then look at what else verify() finds.'))
    FROM (
        SELECT concat_ws(', ', d.datname, r.rolname) AS row_key,
            concat_ws(', ', kbnorms.translated('database "%s"', d.datname), kbnorms.translated('role "%s"', r.rolname)) AS whom
        FROM pg_db_role_setting x
        LEFT JOIN pg_database d ON d.oid = x.setdatabase
        LEFT JOIN pg_roles r ON r.oid = x.setrole
        WHERE 'session_replication_role=replica' = ANY (x.setconfig)
            AND (x.setdatabase = 0 OR d.datname = current_database())
        UNION ALL
        SELECT v.source, kbnorms.translated('every session')
        FROM pg_settings v
        WHERE v.name = 'session_replication_role' AND v.reset_val = 'replica' AND v.source NOT IN ('session', 'database', 'user', 'database user', 'client')
    ) s;
END;
COMMENT ON FUNCTION verify_replica_mode() IS
'Settings of the server, the database or a role that switch triggers off for its sessions. Check replica_mode.';

CREATE FUNCTION verify_indexes() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'unique_index_missing', 'warning', k.table_name, NULL::integer, NULL::integer, coalesce(k.index_name, k.columns),
        kbnorms.translated('no unique index keeps (%s) of table "%s" apart', concat_ws(' WHERE ', k.columns, k.predicate), k.table_name),
        CASE WHEN k.index_name IS NOT NULL THEN kbnorms.translated('its name is "%s"', k.index_name) END,
        kbnorms.translated('Remove what is there twice, and create it again as a fresh base has it.')
    FROM (VALUES
        ('binding', 'organization_id, manager_id', NULL, 'binding_pkey'),
        ('binding', 'organization_id', 'NOT additional', 'multiple'),
        ('organization', 'id', NULL, NULL), ('organization', 'inn', NULL, NULL),
        ('manager', 'id', NULL, NULL), ('manager', 'personnel_no', NULL, NULL),
        ('manager_post', 'manager_id, since', NULL, NULL),
        ('manager_territory', 'manager_id, territory_id, since', NULL, NULL),
        ('unit', 'id', NULL, NULL), ('territory', 'id', NULL, NULL),
        ('memo', 'id', NULL, NULL), ('memo_item', 'memo_id, item_no', NULL, NULL),
        ('turnover', 'organization_id, month', NULL, NULL), ('overdue', 'organization_id', NULL, NULL), ('feed', 'name', NULL, NULL),
        ('norm_tenure', 'specialization, from_month, effective_from', NULL, NULL),
        ('norm_specialization', 'specialization, effective_from', NULL, NULL),
        ('norm_client_group', 'specialization, client_group, effective_from', NULL, NULL),
        ('norm_potential', 'specialization, potential, effective_from', NULL, NULL),
        ('norm_position', 'position, effective_from', NULL, NULL),
        ('policy', 'effective_from', NULL, NULL), ('rule', 'code', NULL, NULL),
        ('norm_version', 'only_row', NULL, NULL), ('client_base', 'only_row', NULL, NULL),
        ('job', 'code', NULL, NULL), ('job_run', 'job, slot', NULL, NULL)
    ) AS k(table_name, columns, predicate, index_name)
    WHERE NOT EXISTS (
        SELECT FROM pg_index i
        JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_class c ON c.oid = i.indexrelid
        WHERE t.relname = k.table_name AND t.relnamespace = this_base()
            AND i.indisunique AND i.indimmediate
            AND (k.index_name IS NULL OR c.relname = k.index_name)
            AND k.columns = (
                SELECT string_agg(a.attname, ', ' ORDER BY n.n)
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS n(attnum, n)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n.attnum
                WHERE n.n <= i.indnkeyatts)
            AND format('(%s)', k.predicate) = coalesce(pg_get_expr(i.indpred, i.indrelid), '()'))
    UNION ALL
    SELECT 'index_invalid', 'warning', t.relname::text, NULL, NULL, c.relname::text,
        kbnorms.translated('index "%s" of table "%s" is not valid', c.relname, t.relname), NULL,
        format('REINDEX INDEX %s.%I;', this_base(), c.relname)
    FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE t.relnamespace = this_base() AND NOT (i.indisvalid AND i.indisready AND i.indislive);
END;
COMMENT ON FUNCTION verify_indexes() IS
'Unique indexes that are missing or of another definition, and indexes that are not valid. Checks unique_index_missing, index_invalid.';

CREATE FUNCTION verify_constraints() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'constraint_unproven', 'warning', c.relname::text, NULL::integer, NULL::integer, k.conname::text,
        kbnorms.translated('constraint "%s" of table "%s" has not been checked on all rows', k.conname, c.relname), NULL,
        format('ALTER TABLE %s.%I VALIDATE CONSTRAINT %I;', this_base(), c.relname, k.conname)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = this_base() AND NOT k.convalidated;
END;
COMMENT ON FUNCTION verify_constraints() IS
'Constraints that were added without a look at the rows that were there. Check constraint_unproven.';

CREATE FUNCTION verify_versions() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    -- The engine takes a number that it has seen before for the norms that it knows.
    SELECT 'norm_version', 'error', 'norm_version', NULL::integer, NULL::integer, v.version::text,
        CASE WHEN v.version IS NULL THEN kbnorms.translated('the norms have no version')
            ELSE kbnorms.translated('the version of the norms, %s, is ahead of its sequence, %s', v.version, s.last_value) END, NULL::text,
        CASE WHEN v.version IS NULL THEN format('INSERT INTO %s.norm_version DEFAULT VALUES;', this_base())
            ELSE format('SELECT setval(''%s.norm_version_seq'', %s);', this_base(), v.version) END
    FROM (SELECT) one
    LEFT JOIN norm_version v ON true
    -- Who may not read the sequence sees no number.
    LEFT JOIN pg_sequences s ON s.schemaname::text = this_base()::text AND s.sequencename = 'norm_version_seq'
    WHERE v.version IS NULL OR v.version > s.last_value
    UNION ALL
    SELECT 'base_version', 'warning', 'client_base', NULL, NULL, c.version,
        kbnorms.translated('the base is of version %s, the installed kbnorms of %s', c.version, kbnorms.installed_version()), NULL,
        format('CALL kbnorms.upgrade_client_base(%L);', this_base())
    FROM client_base c
    WHERE c.version <> kbnorms.installed_version();
END;
COMMENT ON FUNCTION verify_versions() IS
'A version of the norms that the engine could take for an older one, and a base of another version than the installed kbnorms. Checks norm_version, base_version.';
