-- Bringing a client base that an earlier version laid out to the present
-- layout, in place.
--
-- What cannot be had by running the present script again, as a column that a
-- table has gained, is in a step for each released version (src/sql/upgrade,
-- client_base_step()).  After the steps the script that lays out a base is run
-- over it: what is not there is made, functions, views and triggers are
-- replaced, and what the company may have changed is left as it is: its
-- tables, its indexes, their comments, its dictionaries and its norms.
CREATE FUNCTION kbnorms.script_statements(
    script text, OUT command text, OUT relation text, OUT "column" text, OUT statement text)
RETURNS SETOF record
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1000
AS 'MODULE_PATHNAME', 'kbnorms_script_statements';
COMMENT ON FUNCTION kbnorms.script_statements(text) IS
'The statements of a script: the command of each, the relation and column that it makes, fills or comments on, and its text. Used by upgrade_client_base.';

CREATE FUNCTION kbnorms.renew_client_base(schema text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    base CONSTANT regnamespace := quote_ident(schema)::regnamespace;
    relations CONSTANT oid[] := ARRAY(SELECT c.oid FROM pg_class c WHERE c.relnamespace = base);
    routines CONSTANT oid[] := ARRAY(SELECT p.oid FROM pg_proc p WHERE p.pronamespace = base);
    -- What every version seeds and no company makes rows of its own in.
    listed CONSTANT text[] := ARRAY['rule', 'job'];
    piece record;
    present oid;
    routine record;
BEGIN
    PERFORM set_config('search_path', format('%I, kbnorms, pg_temp', schema), true);
    FOR piece IN SELECT * FROM kbnorms.script_statements(kbnorms.client_base_script(schema, true)) LOOP
        present := (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace = base AND c.relname = piece.relation);
        CASE
            WHEN piece.command IN ('CREATE TABLE', 'CREATE INDEX', 'CREATE SEQUENCE', 'CREATE TYPE') THEN
                CONTINUE WHEN present IS NOT NULL;
            WHEN piece.command IN ('CREATE FUNCTION', 'CREATE PROCEDURE', 'CREATE VIEW', 'CREATE TRIGGER') THEN
                piece.statement := regexp_replace(piece.statement, '^CREATE (OR REPLACE )?', 'CREATE OR REPLACE ');
            WHEN piece.command = 'INSERT' THEN
                CONTINUE WHEN present = ANY (relations) AND piece.relation <> ALL (listed);
                piece.statement := piece.statement || ' ON CONFLICT DO NOTHING';
            WHEN piece.command = 'COMMENT' THEN
                CONTINUE WHEN EXISTS (
                    SELECT FROM pg_catalog.pg_class c
                    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = piece."column"
                    WHERE c.oid = present AND c.relkind NOT IN ('v', 'c')
                        AND CASE WHEN piece."column" IS NULL THEN obj_description(c.oid, 'pg_class')
                            ELSE col_description(c.oid, a.attnum) END IS NOT NULL);
            WHEN piece.command = 'REVOKE' THEN
                CONTINUE;
            ELSE
                NULL;
        END CASE;
        BEGIN
            EXECUTE piece.statement;
        EXCEPTION WHEN feature_not_supported THEN
            -- A table that the company has partitioned can have no unique index without its key.
            IF piece.statement !~ '^CREATE UNIQUE INDEX' THEN
                RAISE;
            END IF;
            EXECUTE regexp_replace(piece.statement, '^CREATE UNIQUE', 'CREATE');
        END;
    END LOOP;

    -- As in a new base, nobody else may use what is new, but who acts in a capacity.
    FOR routine IN
        SELECT p.oid::regprocedure AS name FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = base AND p.oid <> ALL (routines)
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine.name);
    END LOOP;
    EXECUTE format('SELECT %I.renew_access($1)', schema) USING relations || routines;
END
$$;
COMMENT ON FUNCTION kbnorms.renew_client_base(text) IS
'Runs the script of a client base over one that is there: makes what it lacks and replaces its functions, views and triggers. Used by upgrade_client_base.';

CREATE PROCEDURE kbnorms.upgrade_client_base(schema text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old_version CONSTANT text := kbnorms.require_base(schema);
    installed CONSTANT text := kbnorms.installed_version();
    version text := old_version;
    step record;
    known oid[];
    granted oid[];
    names name[];
    grantees text[];
    lost text;
    owner name;
    calling_as CONSTANT text := current_setting('role');
BEGIN
    IF version = installed THEN
        RAISE NOTICE '%', kbnorms.translated('client base "%s" is at version %s already', schema, installed);
        RETURN;
    END IF;

    -- A function with other arguments is another one: who could call it still can.
    SELECT array_agg(p.oid) INTO known FROM pg_proc p WHERE p.pronamespace = quote_ident(schema)::regnamespace;
    SELECT array_agg(p.oid), array_agg(p.proname),
        array_agg(CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END
            || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    INTO granted, names, grantees
    FROM pg_proc p, aclexplode(p.proacl) g
    WHERE p.oid = ANY (known) AND g.grantee <> p.proowner;

    -- What is made belongs to who owns the rest, whoever calls.
    SELECT o.rolname INTO owner FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner WHERE n.nspname = schema;
    IF owner <> current_user THEN
        PERFORM set_config('role', owner, true);
    END IF;
    WHILE version IS DISTINCT FROM installed LOOP
        SELECT s.to_version, s.script INTO step FROM kbnorms.client_base_step() s WHERE s.from_version = version;
        IF NOT FOUND THEN
            RAISE EXCEPTION '%', kbnorms.translated('client base "%s" cannot be upgraded from version %s to %s',
                schema, coalesce('"' || old_version || '"', kbnorms.translated('unknown')), installed)
                USING ERRCODE = 'feature_not_supported',
                      HINT = kbnorms.translated('If the base is the newer one, install that version of kbnorms and run ALTER EXTENSION kbnorms UPDATE.');
        END IF;
        PERFORM set_config('search_path', format('%I, kbnorms, pg_temp', schema), true);
        EXECUTE replace(step.script, '@base@', quote_ident(schema));
        version := step.to_version;
    END LOOP;
    PERFORM kbnorms.renew_client_base(schema);
    FOR lost IN
        SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s', n.oid::regprocedure, g.grantee)
        FROM unnest(granted, names, grantees) AS g(routine, name, grantee)
        JOIN pg_proc n ON n.pronamespace = quote_ident(schema)::regnamespace AND n.proname = g.name AND n.oid <> ALL (known)
        WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = g.routine)
    LOOP
        EXECUTE lost;
    END LOOP;
    EXECUTE format('UPDATE %I.client_base SET version = $1', schema) USING installed;
    PERFORM set_config('role', calling_as, true);
    RAISE NOTICE '%', kbnorms.translated('client base "%s" was upgraded from version %s to %s', schema, old_version, installed);
END
$$;
COMMENT ON PROCEDURE kbnorms.upgrade_client_base(text) IS
'Brings a client base to the layout of the installed version of kbnorms, in one transaction, with its data and whatever was built on it. For its owner, after ALTER EXTENSION kbnorms UPDATE.';
