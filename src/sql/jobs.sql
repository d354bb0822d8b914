-- What runs by itself: the changes that need no memo, and the schedule.
CREATE FUNCTION kbnorms.require_owner(base regnamespace) RETURNS void
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_require_owner';
COMMENT ON FUNCTION kbnorms.require_owner(regnamespace) IS
'Raises an error unless the caller owns the client base.';

CREATE FUNCTION kbnorms.release_bindings(
    base regnamespace, as_of date, account_ids integer[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_release_bindings';
COMMENT ON FUNCTION kbnorms.release_bindings(regnamespace, date, integer[]) IS
'Ends the bindings of those accounts with every manager from whom they are due at as_of; for the owner of the base. Used by unbind_inactive of 0.1.0.';

CREATE FUNCTION kbnorms.release_bindings(
    base regnamespace, as_of date, account_ids integer[], job_run_id bigint)
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_release_for_run';
COMMENT ON FUNCTION kbnorms.release_bindings(regnamespace, date, integer[], bigint) IS
'Ends the bindings of those accounts with every manager from whom they are due at as_of, and notes them in released_binding; for the owner of the base. Used by unbind_inactive.';

CREATE FUNCTION kbnorms.restore_rows(
    base regnamespace, job_run_id bigint, organization_ids integer[], manager_ids integer[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_restore_rows';
COMMENT ON FUNCTION kbnorms.restore_rows(regnamespace, bigint, integer[], integer[]) IS
'Binds again, from today, those pairs of released_binding that a run took and whose client nobody holds, without asking the rules; for the owner of the base. Used by restore_bindings.';

CREATE FUNCTION kbnorms.import_rows(
    base regnamespace, organization_ids integer[], manager_ids integer[],
    bound_on date[], additional boolean[], territory_exceptions text[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_import_rows';
COMMENT ON FUNCTION kbnorms.import_rows(regnamespace, integer[], integer[], date[], boolean[], text[]) IS
'Binds organizations that nobody holds without asking the rules; for the owner of the base. Used by import_bindings.';

CREATE FUNCTION kbnorms.merge_rows(
    base regnamespace, duplicate_id integer, kept_id integer, head_id integer, reason text)
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_merge_rows';
COMMENT ON FUNCTION kbnorms.merge_rows(regnamespace, integer, integer, integer, text) IS
'Makes an organization a part of another one with its bindings and what is linked to it, asking no rule; for the owner of the base. Used by merge_organizations.';

CREATE FUNCTION kbnorms.import_organization_rows(
    base regnamespace, ids integer[], inns text[], names text[], head_ids integer[],
    client_groups text[], potentials text[], cities text[], territory_ids integer[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_import_organization_rows';
COMMENT ON FUNCTION kbnorms.import_organization_rows(regnamespace, integer[], text[], text[], integer[], text[], text[], text[], integer[]) IS
'Enters new organizations with their links, which ask for no memo; for the owner of the base. Used by import_organizations.';

CREATE FUNCTION kbnorms.lock_job(base regnamespace, job text) RETURNS boolean
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_lock_job';
COMMENT ON FUNCTION kbnorms.lock_job(regnamespace, text) IS
'Marks a job of a client base as running in this session until unlock_job or the first error; false if it runs elsewhere, an error where the caller cannot commit.';

CREATE FUNCTION kbnorms.unlock_job(base regnamespace, job text) RETURNS void
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_unlock_job';
COMMENT ON FUNCTION kbnorms.unlock_job(regnamespace, text) IS
'Ends what lock_job began.';

-- pg_cron is optional and may come later: its functions are named in texts
-- that run only once it is known to be there.
CREATE FUNCTION kbnorms.job_entry_name(schema text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN pg_catalog.format('kbnorms %s.%s', pg_catalog.current_database(), schema);
COMMENT ON FUNCTION kbnorms.job_entry_name(text) IS
'Name of the entry under pg_cron that runs the jobs of a client base.';

CREATE FUNCTION kbnorms.cron_database() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN to_regclass('cron.job') IS NOT NULL THEN current_database()
        ELSE current_setting('cron.database_name', true)
    END;
EXCEPTION WHEN insufficient_privilege THEN
    -- The setting is there, but only superusers may read it.
    RETURN '';
END
$$;
COMMENT ON FUNCTION kbnorms.cron_database() IS
'The database in which pg_cron lives; empty if the caller may not know it, NULL if the server does not run pg_cron.';

CREATE FUNCTION kbnorms.unschedule_jobs(schema text) RETURNS SETOF kbnorms.scheduled_job
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lives_in CONSTANT text := kbnorms.cron_database();
    entry kbnorms.scheduled_job;
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of the client base must not be null')
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF to_regclass('cron.job') IS NOT NULL THEN
        -- Everyone sees his own entries, a superuser all of them.
        FOR entry IN EXECUTE
            'SELECT jobid, schedule, command FROM cron.job WHERE jobname = $1'
            USING kbnorms.job_entry_name(schema)
        LOOP
            EXECUTE 'SELECT cron.unschedule($1)' USING entry.jobid;
            RETURN NEXT entry;
        END LOOP;
    ELSIF lives_in IS NOT NULL AND lives_in <> current_database() THEN
        RAISE NOTICE '%', CASE lives_in WHEN '' THEN kbnorms.translated('pg_cron lives in another database')
                ELSE kbnorms.translated('pg_cron lives in another database "%s"', lives_in) END
            USING HINT = kbnorms.translated('Run there: %s', format('SELECT cron.unschedule(%L);', kbnorms.job_entry_name(schema)));
    END IF;
END
$$;
COMMENT ON FUNCTION kbnorms.unschedule_jobs(text) IS
'Takes the jobs of a client base out of pg_cron; returns the entries that were removed.';

CREATE FUNCTION kbnorms.schedule_jobs(schema text, schedule text DEFAULT '*/5 * * * *')
RETURNS SETOF kbnorms.scheduled_job
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lives_in CONSTANT text := kbnorms.cron_database();
    entry kbnorms.scheduled_job;
BEGIN
    PERFORM kbnorms.require_base(schema);
    IF schedule IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the schedule must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = kbnorms.translated('Give it as cron does, for example ''*/5 * * * *''.');
    ELSIF lives_in IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('pg_cron is not installed')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = kbnorms.translated('Install pg_cron, set shared_preload_libraries = ''pg_cron'' and cron.database_name = %s, restart the server and run CREATE EXTENSION pg_cron.',
                      quote_literal(current_database()));
    END IF;

    entry := (NULL, schedule, format('CALL %I.run_jobs()', schema));
    IF to_regclass('cron.job') IS NOT NULL THEN
        PERFORM kbnorms.unschedule_jobs(schema);
        EXECUTE 'SELECT cron.schedule($1, $2, $3)'
            INTO entry.jobid
            USING kbnorms.job_entry_name(schema), schedule, entry.command;
    ELSIF lives_in = current_database() THEN
        RAISE EXCEPTION '%', kbnorms.translated('pg_cron is not installed in database "%s"', lives_in)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = kbnorms.translated('Run CREATE EXTENSION pg_cron.');
    ELSE
        RAISE NOTICE '%', CASE lives_in WHEN '' THEN kbnorms.translated('nothing is scheduled yet, pg_cron lives in another database')
                ELSE kbnorms.translated('nothing is scheduled yet, pg_cron lives in another database "%s"', lives_in) END
            USING HINT = kbnorms.translated('Run there: %s', format('SELECT cron.schedule_in_database(%L, %L, %L, %L, %L);',
                                kbnorms.job_entry_name(schema), schedule, entry.command,
                                current_database(), current_user));
    END IF;
    RETURN NEXT entry;
END
$$;
COMMENT ON FUNCTION kbnorms.schedule_jobs(text, text) IS
'Puts the jobs of a client base under pg_cron, as one entry that calls run_jobs; what is due then is decided by the tables job and job_run.';

CREATE FUNCTION kbnorms.jobs_are_scheduled(base regnamespace) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    scheduled boolean;
BEGIN
    IF to_regclass('cron.job') IS NULL THEN
        -- Elsewhere it cannot be seen; nowhere there is nothing to see.
        RETURN CASE WHEN kbnorms.cron_database() IS NULL THEN false END;
    END IF;
    EXECUTE $query$
        SELECT coalesce(bool_or(j.active AND r.oid IS NOT NULL), CASE WHEN NOT row_security_active('cron.job') THEN false END)
        FROM cron.job j
        JOIN pg_namespace n ON n.oid = $1
        -- Whoever it runs as has to exist, to be let in, and to own the base.
        LEFT JOIN pg_roles r ON r.rolname = j.username AND r.rolcanlogin AND pg_has_role(r.oid, n.nspowner, 'USAGE')
        WHERE j.database = current_database() AND j.command = format('CALL %s.run_jobs()', $1)
        $query$
        INTO scheduled USING base;
    RETURN scheduled;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION kbnorms.jobs_are_scheduled(regnamespace) IS
'Has pg_cron an active entry that runs the jobs of a client base, as a role that may? NULL where the caller cannot see it.';
