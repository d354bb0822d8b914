-- Who calls, and who owns a base.
CREATE FUNCTION kbnorms.calling_role() RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'kbnorms_calling_role';
COMMENT ON FUNCTION kbnorms.calling_role() IS
'The role that the client acts as: as it has logged in or SET ROLE, also inside a SECURITY DEFINER function.';

CREATE FUNCTION kbnorms.acts_as(role_name text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'kbnorms_acts_as';
COMMENT ON FUNCTION kbnorms.acts_as(text) IS
'Whether the calling role is that role or a member of it. Being superuser counts for nothing.';

CREATE FUNCTION kbnorms.owns_schema(schema name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_catalog.pg_namespace n WHERE n.nspname = owns_schema.schema;
END;
COMMENT ON FUNCTION kbnorms.owns_schema(name) IS
'Whether the current user owns a schema, or has the rights of who does.';

CREATE FUNCTION kbnorms.owner_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT kbnorms.owns_schema(TG_TABLE_SCHEMA) THEN
        RAISE EXCEPTION '%', kbnorms.translated('only the owner of client base "%s" may change table "%s"', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            USING ERRCODE = 'insufficient_privilege',
                  SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION kbnorms.owner_only() IS
'Refuses changes by anybody but the owner of the base, whatever has been granted. BEFORE INSERT, UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT.';
