-- Changes of norms, rules, waivers, authority, posts, territories and of what counts
-- about an organization leave a trace: who, for whom, when, from what to what.
-- One set-wise pass for each statement.  Who changes a table need not be able to
-- write the log: therefore SECURITY DEFINER.
CREATE FUNCTION row_key(row_values jsonb, VARIADIC key_columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(coalesce(row_values ->> k.name, '-'), ', ' ORDER BY k.n)
    FROM unnest(key_columns) WITH ORDINALITY AS k(name, n));
COMMENT ON FUNCTION row_key(jsonb, text[]) IS
'The key of a row as change_log writes it: its values, with commas between, and - for one that is missing.';

CREATE FUNCTION log_inserted() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, new_value, changed_by)
    SELECT TG_TABLE_NAME, row_key(n.r, VARIADIC TG_ARGV), 'insert', c.key, c.value, calling_role()
    FROM (SELECT to_jsonb(t) AS r FROM new_rows t) n
    CROSS JOIN LATERAL jsonb_each_text(n.r) c
    WHERE c.value IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_inserted() IS
'Writes what an INSERT brought to change_log. AFTER INSERT FOR EACH STATEMENT with the transition table new_rows; the arguments are the key columns.';

CREATE FUNCTION log_deleted() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, changed_by)
    SELECT TG_TABLE_NAME, row_key(o.r, VARIADIC TG_ARGV), 'delete', c.key, c.value, calling_role()
    FROM (SELECT to_jsonb(t) AS r FROM old_rows t) o
    CROSS JOIN LATERAL jsonb_each_text(o.r) c
    WHERE c.value IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_deleted() IS
'Writes what a DELETE took to change_log. AFTER DELETE FOR EACH STATEMENT with the transition table old_rows; the arguments are the key columns.';

-- A row that has got another key is one deleted and one inserted.
CREATE FUNCTION log_updated() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, new_value, changed_by)
    SELECT TG_TABLE_NAME, key, CASE WHEN o.r IS NULL THEN 'insert' WHEN n.r IS NULL THEN 'delete' ELSE 'update' END,
        c.name, o.r ->> c.name, n.r ->> c.name, calling_role()
    FROM (SELECT row_key(to_jsonb(t), VARIADIC TG_ARGV) AS key, to_jsonb(t) AS r FROM old_rows t) o
    FULL JOIN (SELECT row_key(to_jsonb(t), VARIADIC TG_ARGV) AS key, to_jsonb(t) AS r FROM new_rows t) n USING (key)
    CROSS JOIN LATERAL jsonb_object_keys(coalesce(n.r, o.r)) AS c(name)
    WHERE o.r ->> c.name IS DISTINCT FROM n.r ->> c.name;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_updated() IS
'Writes what an UPDATE changed to change_log. AFTER UPDATE FOR EACH STATEMENT with the transition tables old_rows and new_rows; the arguments are the key columns.';

-- Organizations come in bulk from the ERP, mostly as they were: these are
-- passed over before anything is made of them.
CREATE FUNCTION log_organization_updated() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, new_value, changed_by)
    SELECT TG_TABLE_NAME, n.id::text, 'update', f.name, f.old_value, f.new_value, calling_role()
    FROM old_rows o
    JOIN new_rows n ON n.id = o.id
        AND (o.inn, o.name, o.head_id, o.client_group, o.potential, o.city, o.territory_id, o.merged_into)
            IS DISTINCT FROM (n.inn, n.name, n.head_id, n.client_group, n.potential, n.city, n.territory_id, n.merged_into)
    CROSS JOIN LATERAL (VALUES
        ('inn', o.inn::text, n.inn::text),
        ('name', o.name, n.name),
        ('head_id', o.head_id::text, n.head_id::text),
        ('client_group', o.client_group, n.client_group),
        ('potential', o.potential, n.potential),
        ('city', o.city, n.city),
        ('territory_id', o.territory_id::text, n.territory_id::text),
        ('merged_into', o.merged_into::text, n.merged_into::text)) AS f(name, old_value, new_value)
    WHERE f.old_value IS DISTINCT FROM f.new_value;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_organization_updated() IS
'Writes what an UPDATE changed about organizations to change_log. AFTER UPDATE FOR EACH STATEMENT with the transition tables old_rows and new_rows.';

CREATE FUNCTION log_truncated() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, changed_by)
         SELECT %1$L, row_key(o.r, VARIADIC $1), ''delete'', c.key, c.value, calling_role()
         FROM (SELECT to_jsonb(t) AS r FROM %1$I t) o
         CROSS JOIN LATERAL jsonb_each_text(o.r) c
         WHERE c.value IS NOT NULL', TG_TABLE_NAME)
    USING TG_ARGV;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_truncated() IS
'Writes what a TRUNCATE will take to change_log. BEFORE TRUNCATE FOR EACH STATEMENT; the arguments are the key columns.';

-- The triggers.  Of organizations and managers, what is new is no change.
DO $$
DECLARE
    logged record;
BEGIN
    FOR logged IN
        SELECT c.relname AS name,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(a.attname), ', ' ORDER BY k.n)
             FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS key_columns
        FROM pg_catalog.unnest(ARRAY[
            'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position', 'policy', 'rule',
            'specialization', 'client_group', 'potential', 'position', 'authority', 'manager_post', 'manager_territory',
            'territory', 'unit', 'waiver', 'absence', 'hold_extension', 'manager', 'organization']::regclass[]) AS t(oid)
        JOIN pg_catalog.pg_class c ON c.oid = t.oid
        JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
    LOOP
        IF logged.name = 'organization' THEN
            CREATE OR REPLACE TRIGGER change_logged_update AFTER UPDATE ON organization
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION log_organization_updated();
        ELSE
            EXECUTE pg_catalog.format(
                'CREATE OR REPLACE TRIGGER change_logged_update AFTER UPDATE ON %1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION log_updated(%2$s)', logged.name, logged.key_columns);
        END IF;
        IF logged.name NOT IN ('organization', 'manager') THEN
            EXECUTE pg_catalog.format(
                'CREATE OR REPLACE TRIGGER change_logged_insert AFTER INSERT ON %1$I REFERENCING NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION log_inserted(%2$s);'
                'CREATE OR REPLACE TRIGGER change_logged_truncate BEFORE TRUNCATE ON %1$I '
                'FOR EACH STATEMENT EXECUTE FUNCTION log_truncated(%2$s);'
                'COMMENT ON TRIGGER change_logged_insert ON %1$I IS ''Writes new rows to change_log.'';'
                'COMMENT ON TRIGGER change_logged_truncate ON %1$I IS ''Writes what goes to change_log.'';',
                logged.name, logged.key_columns);
        END IF;
        EXECUTE pg_catalog.format(
            'CREATE OR REPLACE TRIGGER change_logged_delete AFTER DELETE ON %1$I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION log_deleted(%2$s);'
            'COMMENT ON TRIGGER change_logged_update ON %1$I IS ''Writes changed values to change_log.'';'
            'COMMENT ON TRIGGER change_logged_delete ON %1$I IS ''Writes deleted rows to change_log.'';',
            logged.name, logged.key_columns);
    END LOOP;
END
$$;

CREATE OR REPLACE TRIGGER change_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON change_log
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept();
COMMENT ON TRIGGER change_log_kept ON change_log IS 'Refuses to change or remove rows.';
