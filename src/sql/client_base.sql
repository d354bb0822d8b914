-- Laying out, renaming and dropping client bases.
--
-- A base is a schema with a table client_base, which says by which version it
-- was laid out.  All that is in it belongs to whoever created it.
CREATE FUNCTION kbnorms.require_base(schema text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version text;
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of the client base must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = kbnorms.translated('Name the schema of the base, for example ''kb''.');
    ELSIF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = require_base.schema) THEN
        RAISE EXCEPTION '%', kbnorms.translated('client base "%s" does not exist', schema)
            USING ERRCODE = 'invalid_schema_name',
                  HINT = kbnorms.translated('Lay it out with CALL kbnorms.create_client_base(name).');
    ELSIF NOT EXISTS (
        SELECT FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = require_base.schema AND c.relname = 'client_base' AND c.relkind = 'r'
            AND a.attname = 'version' AND a.atttypid = 'text'::regtype)
    THEN
        RAISE EXCEPTION '%', kbnorms.translated('schema "%s" is not a client base', schema)
            USING ERRCODE = 'wrong_object_type',
                  DETAIL = kbnorms.translated('It has no table client_base with a column version.'),
                  HINT = kbnorms.translated('Client bases are laid out with CALL kbnorms.create_client_base(name).');
    ELSIF NOT (
        SELECT pg_has_role(n.nspowner, 'USAGE')
        FROM pg_namespace n WHERE n.nspname = require_base.schema)
    THEN
        RAISE EXCEPTION '%', kbnorms.translated('must be owner of client base "%s"', schema)
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('SELECT version FROM %I.client_base', schema) INTO version;
    RETURN version;
END
$$;
COMMENT ON FUNCTION kbnorms.require_base(text) IS
'The version that laid out a client base; an error unless there is one of that name and the caller owns it.';

CREATE FUNCTION kbnorms.require_base_name(schema text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = kbnorms.translated('Name a schema that does not exist yet, for example ''kb''.');
    ELSIF schema = '' THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base must not be empty')
            USING ERRCODE = 'invalid_name',
                  HINT = kbnorms.translated('Name a schema that does not exist yet, for example ''kb''.');
    ELSIF octet_length(schema) > current_setting('max_identifier_length')::integer THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base is too long: "%s"', schema)
            USING ERRCODE = 'name_too_long',
                  DETAIL = kbnorms.translated('It has %s bytes, at most %s are possible.',
                      octet_length(schema), current_setting('max_identifier_length'));
    ELSIF schema ~ '[$@]' THEN
        -- The name is written into bodies of procedures.
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base must not contain $ or @: "%s"', schema)
            USING ERRCODE = 'invalid_name',
                  HINT = kbnorms.translated('Use letters, digits and underscores.');
    ELSIF schema LIKE 'pg\_%' OR schema IN ('kbnorms', 'information_schema') THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name "%s" is reserved', schema)
            USING ERRCODE = 'reserved_name',
                  HINT = kbnorms.translated('Take another name, for example ''kb''.');
    ELSIF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = require_base_name.schema) THEN
        RAISE EXCEPTION '%', kbnorms.translated('schema "%s" already exists', schema)
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = kbnorms.translated('A client base is laid out in a schema of its own.'),
                  HINT = kbnorms.translated('Take another name; a database holds any number of bases.');
    ELSIF NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE EXCEPTION '%', kbnorms.translated('permission denied to create schema "%s" in database "%s"', schema, current_database())
            USING ERRCODE = 'insufficient_privilege',
                  HINT = kbnorms.translated('Ask the owner of the database for GRANT CREATE ON DATABASE %s TO %s.',
                      quote_ident(current_database()), quote_ident(current_user));
    END IF;
END
$$;
COMMENT ON FUNCTION kbnorms.require_base_name(text) IS
'Raises an error unless a client base of that name could be created now.';

CREATE FUNCTION kbnorms.installed_version() RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'kbnorms';
END;
COMMENT ON FUNCTION kbnorms.installed_version() IS
'The version of kbnorms in this database.';

CREATE FUNCTION kbnorms.client_base_script(schema text, memos boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN replace(replace(kbnorms.client_base_script(), '@base@', quote_ident(schema)), '@memo_rules@',
        CASE WHEN memos THEN 'block' ELSE 'off' END);
END
$$;
COMMENT ON FUNCTION kbnorms.client_base_script(text, boolean) IS
'The SQL that lays out a client base in a schema, which has to be first in the search_path.';

CREATE PROCEDURE kbnorms.create_client_base(schema text, memos boolean DEFAULT true)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM kbnorms.require_base_name(schema);
    IF memos IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('memos must be true or false')
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    EXECUTE format('CREATE SCHEMA %I', schema);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema,
        'Client base of kbnorms: who holds which client, and the norms that this is judged by.');
    -- Views and bodies bind to what the script creates; PL/pgSQL restores the
    -- path at its end, as this procedure has set one of its own.
    PERFORM set_config('search_path', format('%I, kbnorms, pg_temp', schema), true);
    EXECUTE kbnorms.client_base_script(schema, memos);
    EXECUTE format('INSERT INTO %I.client_base (version) VALUES ($1)', schema)
        USING kbnorms.installed_version();
END
$$;
COMMENT ON PROCEDURE kbnorms.create_client_base(text, boolean) IS
'Lays out a client base: a schema with its tables, views, functions and the norms of 2010. The caller owns it. With memos (the default) every change needs an approved memo; without, the rules memo, approval and applicant are off and the norms alone judge.';

CREATE FUNCTION kbnorms.rename_client_base(old text, new text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $rename$
DECLARE
    version CONSTANT text := kbnorms.require_base(old);
    own_path CONSTANT text := '%I, kbnorms, pg_temp';
    routine record;
    cron_schedules text[];
BEGIN
    PERFORM kbnorms.require_base_name(new);
    IF version IS DISTINCT FROM kbnorms.installed_version() THEN
        RAISE EXCEPTION '%', kbnorms.translated('client base "%s" is of version %s and not of the installed %s', old, version, kbnorms.installed_version())
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = kbnorms.translated('Run CALL kbnorms.upgrade_client_base(%s) first.', quote_literal(old));
    END IF;
    SELECT array_agg(e.schedule) INTO cron_schedules FROM kbnorms.unschedule_jobs(old) e;
    EXECUTE format('ALTER SCHEMA %I RENAME TO %I', old, new);

    -- Views and BEGIN ATOMIC bodies follow by themselves.  The name stands in
    -- the search_path of PL/pgSQL routines ...
    FOR routine IN
        SELECT p.oid::regprocedure AS name
        FROM pg_proc p
        WHERE p.pronamespace = quote_ident(new)::regnamespace
            AND 'search_path=' || format(own_path, old) = ANY (p.proconfig)
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET search_path = %s', routine.name, format(own_path, new));
    END LOOP;

    -- ... and in the bodies of those that commit and so can have none.
    FOR routine IN
        SELECT p.oid, p.prosrc AS old_body, replace(body, '@base@', quote_ident(new)) AS new_body
        FROM string_to_table(kbnorms.client_base_script(), '$$') body
        JOIN pg_proc p ON p.prosrc = replace(body, '@base@', quote_ident(old))
        WHERE p.pronamespace = quote_ident(new)::regnamespace AND strpos(body, '@base@') > 0
    LOOP
        EXECUTE replace(pg_get_functiondef(routine.oid), routine.old_body, routine.new_body);
    END LOOP;

    PERFORM kbnorms.schedule_jobs(new, s) FROM unnest(cron_schedules) s;
END
$rename$;
COMMENT ON FUNCTION kbnorms.rename_client_base(text, text) IS
'Renames a client base with all that names it: its routines and its entry under pg_cron. For its owner.';

CREATE FUNCTION kbnorms.drop_client_base(schema text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    messages CONSTANT text := current_setting('client_min_messages');
    dependents text;
BEGIN
    PERFORM kbnorms.require_base(schema);
    -- CASCADE would take what others have built on the base, unasked.
    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, 0), E'\n')
    INTO dependents
    FROM (
        SELECT 'pg_class'::regclass, c.oid FROM pg_class c
        WHERE c.relnamespace = quote_ident(drop_client_base.schema)::regnamespace
        UNION ALL
        SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p
        WHERE p.pronamespace = quote_ident(drop_client_base.schema)::regnamespace
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid FROM pg_type t
        WHERE t.typnamespace = quote_ident(drop_client_base.schema)::regnamespace
    ) AS member (class, id)
    JOIN pg_depend d ON d.refclassid = member.class AND d.refobjid = member.id AND d.deptype IN ('n', 'a')
    CROSS JOIN pg_identify_object(d.classid, d.objid, 0) AS self
    CROSS JOIN pg_identify_object_as_address(d.classid, d.objid, 0) AS address
    -- What has no schema of its own, as a constraint, is named after its table.
    WHERE coalesce(self.schema, quote_ident(address.object_names[1])) <> quote_ident(drop_client_base.schema);
    IF dependents IS NOT NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('cannot drop client base "%s" because other objects depend on it', schema)
            USING ERRCODE = 'dependent_objects_still_exist',
                  DETAIL = dependents,
                  HINT = kbnorms.translated('Drop them first.');
    END IF;
    PERFORM kbnorms.unschedule_jobs(schema);
    -- Without a line for every object.
    PERFORM set_config('client_min_messages', 'warning', true);
    EXECUTE format('DROP SCHEMA %I CASCADE', schema);
    PERFORM set_config('client_min_messages', messages, true);
END
$$;
COMMENT ON FUNCTION kbnorms.drop_client_base(text) IS
'Drops a client base and all that is in its schema, and takes its entry out of pg_cron; refuses while anything outside depends on it. For its owner.';
