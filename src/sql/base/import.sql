-- The first load of classifier 37: what the old system holds goes in as it is,
-- if it is sound; what the norms say of it is then for the reports.

CREATE FUNCTION this_base() RETURNS regnamespace
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = 'binding'::regclass;
END;
COMMENT ON FUNCTION this_base() IS
'The schema of this client base, whatever it is called now.';

CREATE TYPE import_result AS (read bigint, imported bigint, present bigint, rejected bigint);
COMMENT ON TYPE import_result IS 'What came of the rows of an import: read = imported + present + rejected.';
COMMENT ON COLUMN import_result.read IS 'Rows of the source.';
COMMENT ON COLUMN import_result.imported IS 'Rows that became bindings.';
COMMENT ON COLUMN import_result.present IS 'Rows that were bound just so before the run.';
COMMENT ON COLUMN import_result.rejected IS 'Rows that went to import_reject.';

CREATE FUNCTION read_date(value text) RETURNS date
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN nullif(btrim(value), '')::date;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION read_date(text) IS
'Reads a date as DateStyle says; NULL if it is blank or cannot be read. Used by import_bindings.';

CREATE FUNCTION import_columns(source regclass) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- Each column under its own name in the type wanted, and under name_given
    -- as the text it was.  What the source does not have is NULL; text, as CSV
    -- brings it, is read with care; what has a type is cast.
    SELECT string_agg(format(
            CASE WHEN a.attname IS NULL THEN 'NULL::%2$s' WHEN t.typcategory = 'S' THEN w.reader ELSE 's.%1$I::%2$s' END
            || ' AS %1$I, '
            || CASE WHEN a.attname IS NULL THEN 'NULL' ELSE 'nullif(btrim(s.%1$I::text), '''')' END
            || ' AS %3$I', w.name, w.type, w.name || '_given'), ', ')
    FROM (VALUES
            ('organization_id', 'bigint', 'substring(s.%1$I from ''^\s*(\d{1,18})\s*$'')::bigint'),
            ('inn', 'text', 'nullif(btrim(s.%1$I), '''')'),
            ('manager_id', 'bigint', 'substring(s.%1$I from ''^\s*(\d{1,18})\s*$'')::bigint'),
            ('personnel_no', 'text', 'nullif(btrim(s.%1$I), '''')'),
            ('bound_on', 'date', 'read_date(s.%1$I)'),
            ('additional', 'boolean', 'substring(lower(s.%1$I) from ''^\s*(t|true|y|yes|on|1|f|false|n|no|off|0)\s*$'')::boolean'),
            ('territory_exception', 'text', 'nullif(btrim(s.%1$I), '''')')) AS w(name, type, reader)
    LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attname = w.name
        AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid;
END;
COMMENT ON FUNCTION import_columns(regclass) IS
'Select list with which import_bindings reads a staging relation.';

CREATE FUNCTION check_import_source(source regclass) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    missing text;
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION '%', translated('the source of an import must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Name a table or view with organization_id or inn, manager_id or personnel_no, and bound_on.');
    END IF;
    SELECT string_agg(array_to_string(needed, translated(' or ')), ', ')
    INTO missing
    FROM (VALUES (ARRAY['organization_id', 'inn']), (ARRAY['manager_id', 'personnel_no']), (ARRAY['bound_on'])) AS n(needed)
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = source AND a.attname = ANY (n.needed) AND a.attnum > 0 AND NOT a.attisdropped);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('relation "%s" lacks what an import needs: %s', source, missing)
            USING ERRCODE = 'undefined_column',
                  DETAIL = translated('Needed are organization_id or inn, manager_id or personnel_no, and bound_on; additional and territory_exception may be there.');
    END IF;
END
$$;
COMMENT ON FUNCTION check_import_source(regclass) IS
'Refuses a staging relation without the columns that import_bindings needs.';

CREATE FUNCTION import_bindings(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    result import_result;
    organization_ids integer[];
    manager_ids integer[];
    bound_ons date[];
    additionals boolean[];
    territory_exceptions text[];
BEGIN
    PERFORM require_owner(this_base());
    PERFORM check_import_source(source);

    -- "Bound before the run" must stay true until its end: nobody else binds.
    LOCK TABLE binding IN SHARE ROW EXCLUSIVE MODE;

    EXECUTE format($query$
        WITH given AS MATERIALIZED (
            SELECT row_number() OVER () AS row_no, %s FROM %s s),
        known AS MATERIALIZED (
            -- The row with what it names, and why it cannot be taken by itself.
            SELECT g.*, o.id AS organization, m.id AS manager,
                coalesce(g.additional, false) AS is_additional,
                e.organization_id IS NOT NULL AS is_bound,
                coalesce(b.bound_on = g.bound_on AND b.additional = coalesce(g.additional, false), false)
                    AND nullif(btrim(b.territory_exception), '') IS NOT DISTINCT FROM g.territory_exception AS is_same,
                CASE
                    WHEN g.organization_id IS NULL AND g.organization_id_given IS NOT NULL
                        THEN translated('organization_id "%%s" is not a number', g.organization_id_given)
                    WHEN g.organization_id IS NULL AND g.inn IS NULL THEN translated('no organization is named')
                    WHEN o.id IS NULL THEN translated('organization %%s is not known',
                        concat_ws(translated(' with inn '), g.organization_id, g.inn))
                    WHEN o.inn::text IS DISTINCT FROM g.inn AND g.inn IS NOT NULL
                        THEN translated('organization %%s has not inn %%s', g.organization_id, g.inn)
                    WHEN g.manager_id IS NULL AND g.manager_id_given IS NOT NULL
                        THEN translated('manager_id "%%s" is not a number', g.manager_id_given)
                    WHEN g.manager_id IS NULL AND g.personnel_no IS NULL THEN translated('no manager is named')
                    WHEN m.id IS NULL THEN translated('manager %%s is not known',
                        concat_ws(translated(' with personnel number '), g.manager_id, g.personnel_no))
                    WHEN m.personnel_no IS DISTINCT FROM g.personnel_no AND g.personnel_no IS NOT NULL
                        THEN translated('manager %%s has not personnel number %%s', g.manager_id, g.personnel_no)
                    WHEN g.bound_on IS NULL AND g.bound_on_given IS NOT NULL
                        THEN translated('bound_on "%%s" is not a date', g.bound_on_given)
                    WHEN g.bound_on IS NULL THEN translated('bound_on is missing')
                    WHEN NOT isfinite(g.bound_on) THEN translated('bound_on %%s is not a day', g.bound_on)
                    WHEN g.bound_on > today() THEN translated('bound_on %%s lies in the future', g.bound_on)
                    WHEN g.additional IS NULL AND g.additional_given IS NOT NULL
                        THEN translated('additional "%%s" is neither true nor false', g.additional_given)
                END AS unsound
            FROM given g
            -- By id where there is one, else by the other key.
            LEFT JOIN organization x ON x.inn::text = g.inn AND g.organization_id IS NULL
            LEFT JOIN organization o ON o.id = coalesce(g.organization_id, x.id)
            LEFT JOIN manager n ON n.personnel_no = g.personnel_no AND g.manager_id IS NULL
            LEFT JOIN manager m ON m.id = coalesce(g.manager_id, n.id)
            LEFT JOIN binding b ON b.organization_id = o.id AND b.manager_id = m.id
            LEFT JOIN (SELECT DISTINCT d.organization_id FROM binding d) e ON e.organization_id = o.id),
        judged AS MATERIALIZED (
            -- The sound ones beside each other and beside what was bound before.
            SELECT k.*, k.unsound IS NULL AND k.is_same AS is_present,
                CASE
                    WHEN k.unsound IS NOT NULL THEN k.unsound
                    WHEN k.is_same THEN NULL
                    WHEN k.is_bound THEN translated('the organization was bound before this import')
                    WHEN count(*) OVER pair > count(*) OVER same
                        THEN translated('another row says something else of this organization and manager')
                    WHEN NOT k.is_additional
                        AND min(k.manager) FILTER (WHERE NOT k.is_additional) OVER client
                            < max(k.manager) FILTER (WHERE NOT k.is_additional) OVER client
                        THEN translated('another row names another main manager of this organization')
                    WHEN row_number() OVER (same ORDER BY k.row_no) > 1 THEN translated('the row is a repetition')
                END AS reason
            FROM known k
            WINDOW client AS (PARTITION BY k.unsound IS NULL, k.organization),
                pair AS (PARTITION BY k.unsound IS NULL, k.organization, k.manager),
                same AS (PARTITION BY k.unsound IS NULL, k.organization, k.manager, k.bound_on,
                    k.is_additional, k.territory_exception)),
        rejected AS (
            INSERT INTO import_reject (source, organization_id, inn, manager_id, personnel_no,
                bound_on, additional, territory_exception, reason)
            SELECT %L, j.organization_id, j.inn, j.manager_id, j.personnel_no,
                j.bound_on, j.additional, j.territory_exception, j.reason
            FROM judged j
            -- What an earlier run has said already is not said again.
            WHERE j.reason IS NOT NULL AND NOT EXISTS (
                SELECT FROM import_reject r
                WHERE r.source = %L
                    AND ROW(r.organization_id, r.inn, r.manager_id, r.personnel_no, r.bound_on,
                        r.additional, r.territory_exception, r.reason)::text
                    = ROW(j.organization_id, j.inn, j.manager_id, j.personnel_no, j.bound_on,
                        j.additional, j.territory_exception, j.reason)::text)
            ORDER BY j.row_no)
        SELECT count(*), count(*) FILTER (WHERE is_present), count(*) FILTER (WHERE reason IS NOT NULL),
            array_agg(organization) FILTER (WHERE taken), array_agg(manager) FILTER (WHERE taken),
            array_agg(bound_on) FILTER (WHERE taken), array_agg(is_additional) FILTER (WHERE taken),
            array_agg(territory_exception) FILTER (WHERE taken)
        FROM (SELECT *, reason IS NULL AND NOT is_present AS taken FROM judged) j
        $query$, import_columns(source), source, source, source)
    INTO result.read, result.present, result.rejected,
        organization_ids, manager_ids, bound_ons, additionals, territory_exceptions;

    result.imported := coalesce(
        import_rows(this_base(), organization_ids, manager_ids, bound_ons, additionals, territory_exceptions), 0);
    IF result.read <> result.imported + result.present + result.rejected THEN
        RAISE EXCEPTION '%', translated('import of "%s" imported %s rows instead of %s', source,
            result.imported, result.read - result.present - result.rejected)
            USING ERRCODE = 'triggered_action_exception',
                  HINT = translated('Look for a trigger on table binding that leaves out rows.');
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION import_bindings(regclass) IS
'First load of bindings from a staging relation, past the norms but not past what is sound; counts what was read, imported, present before, and rejected (to import_reject, with the reason). For the owner of the base.';
