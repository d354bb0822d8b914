#!/bin/sh
# Writes the scripts of the extension from the parts of src/sql and the parts
# of src/sql/base, each in the given order; a part that does not exist is an
# error.
#
#   install-script.sh install "PART ..." "BASE_PART ..."
#       for CREATE EXTENSION
#   install-script.sh upgrade FROM "PART ..." "BASE_PART ..."
#       for ALTER EXTENSION UPDATE from a released version: what stands in
#       src/sql/upgrade/extension-FROM.sql, then all functions again.  Parts with
#       types and what belongs to them are not to be among those.
#
# In both the base parts are the text that one function returns, from which
# create_client_base lays out a base, and the steps of src/sql/upgrade that
# another returns, by which upgrade_client_base brings an older one up to date:
# 0.1.0.sql is from 0.1.0 to the next released version.
set -eu
cd "$(dirname "$0")/.."

# The parts of the extension.
parts() {
	for part in $1; do
		cat "src/sql/$part.sql"
		echo
	done
}

# What a base is made of.
base_script() {
	cat <<'SQL'
CREATE FUNCTION kbnorms.client_base_script() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $kbnorms_function$ SELECT $kbnorms_base$
SQL
	for part in $1; do
		cat "src/sql/base/$part.sql"
		echo
	done
	cat <<'SQL'
$kbnorms_base$::text $kbnorms_function$;
COMMENT ON FUNCTION kbnorms.client_base_script() IS
'The SQL that lays out a client base; @base@ stands for its schema, @memo_rules@ for what memo, approval and applicant do. Used by create_client_base.';

SQL
}

# The steps from each released version to the one after it, the last to the
# version that is being built.
base_steps() {
	cat <<'SQL'
CREATE FUNCTION kbnorms.client_base_step(OUT from_version text, OUT to_version text, OUT script text)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $kbnorms_function$ VALUES
SQL
	version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" kbnorms.control)
	released=$(find src/sql/upgrade -name '[0-9]*.sql' -exec basename {} .sql \; | sort -V)
	comma=
	for from in $released; do
		to=$(printf '%s\n' "$released" "$version" | sed -n "/^$from\$/{n;p;}")
		printf "%s('%s', '%s', \$kbnorms_step\$\n" "$comma" "$from" "$to"
		cat "src/sql/upgrade/$from.sql"
		echo "\$kbnorms_step\$)"
		comma=,
	done
	cat <<'SQL'
$kbnorms_function$;
COMMENT ON FUNCTION kbnorms.client_base_step() IS
'What a client base of a released version needs before the script of a base can be run over it; @base@ stands for its schema. Used by upgrade_client_base.';
SQL
}

# Functions that may be there.
replacing() {
	sed -E 's/^CREATE (FUNCTION|PROCEDURE) /CREATE OR REPLACE \1 /'
}

# The first lines; the argument is the command to use.
guard() {
	printf '%s\n' '-- Built by make from src/sql; do not edit.' \
		"\\echo Use \"$1\" to load this file. \\quit" ''
}

mode=$1
shift
case $mode in
install)
	guard 'CREATE EXTENSION kbnorms'
	parts "$1"
	base_script "$2"
	base_steps
	;;
upgrade)
	guard 'ALTER EXTENSION kbnorms UPDATE'
	cat "src/sql/upgrade/extension-$1.sql"
	parts "$2" | replacing
	base_script "$3" | sed '1s/CREATE/CREATE OR REPLACE/'
	base_steps | replacing
	;;
esac
