-- What runs by itself: the changes that need no memo, and the schedule.
CREATE FUNCTION kbnorms.require_owner(base regnamespace) RETURNS void
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_require_owner';
COMMENT ON FUNCTION kbnorms.require_owner(regnamespace) IS
'Raises an error unless the caller owns the client base.';

CREATE FUNCTION kbnorms.release_bindings(
    base regnamespace, as_of date, manager_ids integer[], account_ids integer[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_release_bindings';
COMMENT ON FUNCTION kbnorms.release_bindings(regnamespace, date, integer[], integer[]) IS
'Ends the bindings of those pairs of manager and account that are due at as_of; for the owner of the base. Used by unbind_inactive.';

CREATE FUNCTION kbnorms.import_rows(
    base regnamespace, organization_ids integer[], manager_ids integer[],
    bound_on date[], additional boolean[], territory_exceptions text[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_import_rows';
COMMENT ON FUNCTION kbnorms.import_rows(regnamespace, integer[], integer[], date[], boolean[], text[]) IS
'Binds organizations that nobody holds without asking the rules; for the owner of the base. Used by import_bindings.';
