-- Undoing a release that should not have been.  Policy: section 6.
--
-- What is given back is no new client: it is judged as though the release and
-- its undoing were one statement.  Then the rules have nothing to ask but
-- whether the manager may still hold a base, and whether his base, or what it
-- may hold of a client group, has been filled meanwhile above both its maximum
-- and what it was before the release.

CREATE TYPE restore_row AS (
    organization_id integer, manager_id integer, restored boolean, rule text, reason text);
COMMENT ON TYPE restore_row IS 'What became of a binding that a release had taken.';
COMMENT ON COLUMN restore_row.organization_id IS 'Organization.';
COMMENT ON COLUMN restore_row.manager_id IS 'Manager who had it.';
COMMENT ON COLUMN restore_row.restored IS 'Has this call bound it to him again?';
COMMENT ON COLUMN restore_row.rule IS 'Code of the rule that it would break; NULL for another reason.';
COMMENT ON COLUMN restore_row.reason IS 'Why it was not; NULL if it was.';

CREATE FUNCTION plan_restore(job_run_id bigint) RETURNS SETOF restore_row
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH given AS MATERIALIZED (
        SELECT r.organization_id, r.manager_id, r.restored_on, r.released_on, o.account_id, h.client_group, o.merged_into,
            o.id IS NOT NULL AND m.id IS NOT NULL AS is_known
        FROM released_binding r
        LEFT JOIN organization o ON o.id = r.organization_id
        LEFT JOIN organization h ON h.id = o.account_id
        LEFT JOIN manager m ON m.id = r.manager_id
        WHERE r.job_run_id = plan_restore.job_run_id
    ), holder AS MATERIALIZED (
        SELECT o.account_id, min(b.manager_id) AS manager_id
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE o.account_id IN (SELECT g.account_id FROM given g)
        GROUP BY o.account_id
    ), barred AS MATERIALIZED (
        -- What "personal" says of a manager it says of him with any client.
        SELECT x.manager_id, x.actual
        FROM kbnorms.broken_rules(this_base(),
            ARRAY(SELECT min(g.organization_id) FROM given g WHERE g.is_known GROUP BY g.manager_id ORDER BY g.manager_id),
            ARRAY(SELECT g.manager_id FROM given g WHERE g.is_known GROUP BY g.manager_id ORDER BY g.manager_id), false) x
        WHERE x.code = 'personal' AND EXISTS (SELECT FROM rule u WHERE u.code = x.code AND u.enforcement = 'block')
    ), judged AS MATERIALIZED (
        SELECT g.*,
            CASE WHEN g.restored_on IS NULL AND g.is_known AND g.merged_into IS NULL AND h.account_id IS NULL AND b.manager_id IS NOT NULL THEN 'personal' END AS rule,
            CASE
                WHEN g.restored_on IS NOT NULL THEN kbnorms.translated('it was given back on %s', g.restored_on)
                WHEN NOT g.is_known THEN kbnorms.translated('the organization or the manager is no longer there')
                WHEN g.merged_into IS NOT NULL THEN kbnorms.translated('organization %s was merged into organization %s already', g.organization_id, g.merged_into)
                WHEN h.account_id IS NOT NULL THEN kbnorms.translated('the client has been bound to manager %s', h.manager_id)
                WHEN b.manager_id IS NOT NULL THEN kbnorms.translated('manager %s may not hold a base: %s', g.manager_id, b.actual)
            END AS reason
        FROM given g
        LEFT JOIN holder h ON h.account_id = g.account_id
        LEFT JOIN barred b ON b.manager_id = g.manager_id
    ), taken AS MATERIALIZED (
        SELECT DISTINCT j.manager_id, j.account_id, j.client_group, j.reason IS NULL AS is_free
        FROM judged j
        WHERE j.is_known AND j.restored_on IS NULL
    ), held AS MATERIALIZED (
        -- The bases as they are, and what has come into them since the release.
        SELECT b.manager_id, o.account_id, h.client_group,
            bool_and(b.bound_on >= s.released_on AND u.organization_id IS NULL) AS came_since
        FROM (SELECT g.manager_id, min(g.released_on) AS released_on FROM given g GROUP BY g.manager_id) s
        JOIN binding b ON b.manager_id = s.manager_id
        JOIN organization o ON o.id = b.organization_id
        JOIN organization h ON h.id = o.account_id
        LEFT JOIN (
            -- What this undoing or that of another run gave back was there before.
            SELECT r.organization_id, r.manager_id, max(r.restored_on) AS restored_on
            FROM released_binding r
            WHERE r.restored_on IS NOT NULL
            GROUP BY r.organization_id, r.manager_id) u
            ON u.organization_id = b.organization_id AND u.manager_id = b.manager_id AND u.restored_on >= s.released_on
        GROUP BY b.manager_id, o.account_id, h.client_group
    ), room AS MATERIALIZED (
        -- For how many accounts there is room: in the whole base, and of a group.
        SELECT c.manager_id, c.client_group,
            greatest(c.max_accounts - count(*) FILTER (WHERE x.is_held),
                count(*) FILTER (WHERE NOT x.is_held) - count(*) FILTER (WHERE x.came_since)) AS accounts
        FROM (
            SELECT m.manager_id, NULL AS client_group, m.max_accounts
            FROM manager_capacity m
            WHERE m.max_accounts IS NOT NULL AND EXISTS (SELECT FROM rule u WHERE u.code = 'base_size' AND u.enforcement = 'block')
            UNION ALL
            SELECT m.manager_id, s.client_group, s.max_accounts
            FROM manager_capacity m
            JOIN stance_today s ON s.specialization = m.specialization AND s.stance = 'allowed' AND s.max_accounts IS NOT NULL
            WHERE EXISTS (SELECT FROM rule u WHERE u.code = 'group_quota' AND u.enforcement = 'block')) c
        JOIN (
            SELECT t.manager_id, t.account_id, t.client_group, false AS is_held, false AS came_since FROM taken t
            WHERE NOT EXISTS (SELECT FROM held e WHERE e.manager_id = t.manager_id AND e.account_id = t.account_id)
            UNION ALL
            SELECT e.manager_id, e.account_id, e.client_group, true, e.came_since FROM held e) x
            ON x.manager_id = c.manager_id AND (c.client_group IS NULL OR x.client_group = c.client_group)
        WHERE c.manager_id IN (SELECT t.manager_id FROM taken t)
        GROUP BY c.manager_id, c.client_group, c.max_accounts
    ), fits_group AS MATERIALIZED (
        SELECT t.manager_id, t.account_id,
            row_number() OVER (PARTITION BY t.manager_id, t.client_group ORDER BY t.account_id) <= r.accounts IS NOT FALSE AS fits
        FROM taken t
        LEFT JOIN room r ON r.manager_id = t.manager_id AND r.client_group = t.client_group
        WHERE t.is_free
    ), fits AS MATERIALIZED (
        SELECT f.manager_id, f.account_id, f.fits AS fits_group,
            (count(*) FILTER (WHERE f.fits) OVER (PARTITION BY f.manager_id ORDER BY f.account_id)) <= r.accounts IS NOT FALSE AS fits_base
        FROM fits_group f
        LEFT JOIN room r ON r.manager_id = f.manager_id AND r.client_group IS NULL
    )
    SELECT j.organization_id, j.manager_id,
        j.reason IS NULL AND f.fits_group AND f.fits_base,
        CASE
            WHEN j.reason IS NOT NULL THEN j.rule
            WHEN NOT f.fits_group THEN 'group_quota'
            WHEN NOT f.fits_base THEN 'base_size'
        END,
        CASE
            WHEN j.reason IS NOT NULL THEN j.reason
            WHEN NOT f.fits_group THEN kbnorms.translated('manager %s has no room left for clients of group "%s"', j.manager_id, j.client_group)
            WHEN NOT f.fits_base THEN kbnorms.translated('the base of manager %s has no room left', j.manager_id)
        END
    FROM judged j
    LEFT JOIN fits f ON f.manager_id = j.manager_id AND f.account_id = j.account_id
    ORDER BY j.organization_id, j.manager_id;
END;
COMMENT ON FUNCTION plan_restore(bigint) IS
'What restore_bindings would give back now of what a run of the release took, and what not and why, changing nothing.';

CREATE FUNCTION restore_bindings(job_run_id bigint) RETURNS SETOF restore_row
LANGUAGE plpgsql VOLATILE ROWS 100
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    run job_run;
    plan restore_row[];
    wanted bigint;
    restored bigint;
BEGIN
    PERFORM require_owner(this_base());
    SELECT * INTO run FROM job_run r WHERE r.id = restore_bindings.job_run_id AND r.job = 'unbind_inactive';
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('there is no run %s of unbind_inactive', coalesce(job_run_id::text, 'NULL'))
            USING ERRCODE = CASE WHEN job_run_id IS NULL THEN 'null_value_not_allowed' ELSE 'undefined_object' END,
                  HINT = translated('Table job_run lists its runs with what each released.');
    ELSIF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION '%', translated('restore_bindings cannot run at isolation level %s', current_setting('transaction_isolation'))
            USING ERRCODE = 'active_sql_transaction',
                  DETAIL = translated('It has to see what others have bound until now.'),
                  HINT = translated('Call it in a transaction at READ COMMITTED.');
    END IF;

    -- What is free must stay so until the end: nobody else binds or releases.
    LOCK TABLE binding IN SHARE ROW EXCLUSIVE MODE;
    -- Just filled by the release: planned for few rows, many take minutes.
    ANALYZE released_binding;
    plan := ARRAY(SELECT p FROM plan_restore(run.id) p);
    IF run.released > 0 AND cardinality(plan) = 0 AND run.state <> 'dry' THEN
        RAISE EXCEPTION '%', translated('run %s was made by an earlier version, which did not note what it took', run.id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('Its rows in binding_log have the reason "inactivity" and were changed between %s and %s.',
                      run.started_at, run.finished_at);
    END IF;

    SELECT count(*), restore_rows(this_base(), run.id, coalesce(array_agg(p.organization_id), '{}'), coalesce(array_agg(p.manager_id), '{}'))
    INTO wanted, restored
    FROM unnest(plan) p WHERE p.restored;
    IF restored <> wanted THEN
        RAISE EXCEPTION '%', translated('%s of %s bindings were given back', restored, wanted)
            USING ERRCODE = 'triggered_action_exception',
                  HINT = translated('Look for a trigger on table binding that leaves out rows.');
    END IF;
    RETURN QUERY SELECT * FROM unnest(plan);
END
$$;
COMMENT ON FUNCTION restore_bindings(bigint) IS
'Undoes a run of the release: binds again, from today and as it was, what the run took and nobody holds; one row for each binding that it took, with the reason where it was not given back. A second call gives back nothing more, unless more has become free. For the owner of the base.';
