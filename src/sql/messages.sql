-- What is said, in the language of the session.
CREATE FUNCTION kbnorms.translated(message text) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_translated';
COMMENT ON FUNCTION kbnorms.translated(text) IS
'A message of kbnorms in the language that lc_messages names, as far as the installed catalogs have it.';

CREATE FUNCTION kbnorms.translated(message text, VARIADIC arguments "any") RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_translated';
COMMENT ON FUNCTION kbnorms.translated(text, "any") IS
'The same with arguments, as format() puts them in.';
