-- The first load: what the old system holds goes in as it is, if it is sound;
-- what the norms say of it is then for the reports.

CREATE FUNCTION import_bindings(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    PERFORM require_owner(this_base());
    PERFORM check_load_source('bindings', source);

    -- "Bound before the run" must stay true until its end: nobody else binds.
    LOCK TABLE binding IN SHARE ROW EXCLUSIVE MODE;
    RETURN run_load('bindings', source, $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.organization, n.manager, n.bound_on, coalesce(n.additional, false) AS additional, n.territory_exception,
                e.organization_id IS NOT NULL AS is_bound,
                coalesce(b.bound_on = n.bound_on AND b.additional = coalesce(n.additional, false), false)
                    AND nullif(btrim(b.territory_exception), '') IS NOT DISTINCT FROM n.territory_exception AS is_same,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN n.bound_on > today() THEN ARRAY['bound_on', n.bound_on::text, translated('bound_on %s lies in the future', n.bound_on)]
                END AS fault
            FROM named n
            LEFT JOIN binding b ON b.organization_id = n.organization AND b.manager_id = n.manager
            LEFT JOIN (SELECT DISTINCT d.organization_id FROM binding d) e ON e.organization_id = n.organization),
        judged AS MATERIALIZED (
            -- The sound ones beside each other and beside what was bound before.
            SELECT k.row_no, 1::bigint AS n, k.organization, k.manager, k.bound_on, k.additional, k.territory_exception,
                k.is_same AS present,
                CASE
                    WHEN k.fault IS NOT NULL THEN k.fault
                    WHEN k.is_same THEN NULL
                    WHEN k.is_bound THEN ARRAY['organization_id', k.organization::text,
                        translated('the organization was bound before this import')]
                    WHEN count(*) OVER pair > count(*) OVER same
                        THEN ARRAY['organization_id', k.organization::text,
                            translated('another row says something else of this organization and manager')]
                    WHEN NOT k.additional
                        AND min(k.manager) FILTER (WHERE NOT k.additional) OVER client
                            < max(k.manager) FILTER (WHERE NOT k.additional) OVER client
                        THEN ARRAY['manager_id', k.manager::text,
                            translated('another row names another main manager of this organization')]
                    WHEN row_number() OVER (same ORDER BY k.row_no) > 1
                        THEN ARRAY['organization_id', k.organization::text, translated('the row is a repetition')]
                END AS fault
            FROM known k
            WINDOW client AS (PARTITION BY k.fault IS NULL, k.organization),
                pair AS (PARTITION BY k.fault IS NULL, k.organization, k.manager),
                same AS (PARTITION BY k.fault IS NULL, k.organization, k.manager, k.bound_on,
                    k.additional, k.territory_exception))
        $query$, $query$
        SELECT import_rows(this_base(), array_agg(j.organization), array_agg(j.manager), array_agg(j.bound_on),
            array_agg(j.additional), array_agg(j.territory_exception)) AS n
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        $query$);
END
$$;
COMMENT ON FUNCTION import_bindings(regclass) IS
'First load of bindings from a staging relation, past the norms but not past what is sound; counts what was read, imported, present before, and rejected (to import_reject, with the reason). For the owner of the base.';
