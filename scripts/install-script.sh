#!/bin/sh
# Writes the extension's install script: the parts of src/sql in the given
# order, then the parts of src/sql/base as the text that one function returns,
# from which create_client_base lays out a base.  A part that does not exist
# is an error.
set -eu
cd "$(dirname "$0")/.."
printf '%s\n' '-- Built by make from src/sql; do not edit.' \
	'\echo Use "CREATE EXTENSION kbnorms" to load this file. \quit' ''
for part in $1; do
	cat "src/sql/$part.sql"
	echo
done
cat <<'SQL'
CREATE FUNCTION kbnorms.client_base_script() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $kbnorms_function$ SELECT $kbnorms_base$
SQL
for part in $2; do
	cat "src/sql/base/$part.sql"
	echo
done
cat <<'SQL'
$kbnorms_base$::text $kbnorms_function$;
COMMENT ON FUNCTION kbnorms.client_base_script() IS
'The SQL that lays out a client base; @base@ stands for its schema, @memo_rules@ for what memo, approval and applicant do. Used by create_client_base.';
SQL
