#!/bin/sh
# Brings a company over: the CSV files of a folder into staging tables, and those
# into a client base.
#
#   examples/first-load/load.sh FOLDER [BASE [ENCODING [DELIMITER]]]
#
# FOLDER holds files named like the kinds (units.csv, managers.csv ...), those
# that there are; doc/loading.md has their columns, and the first line of a file
# names the ones that it has.  BASE is the client base, kb by default; ENCODING
# of the files UTF8 or WIN1251; DELIMITER , or ; between columns.  The database
# is the one that psql connects to (set PGHOST, PGDATABASE ...); the user owns
# the base.  Nothing is loaded unless everything is read.
set -eu
if [ $# -lt 1 ] || [ ! -d "$1" ]; then
	sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
folder=$1
base=${2:-kb}
encoding=${3:-UTF8}
delimiter=${4:-,}
staging=${base}_staging
export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"

# Run psql so that the first error ends it.
run() {
	psql -X -q -v ON_ERROR_STOP=1 -v base="$base" -v staging="$staging" "$@"
}

run <<'SQL'
BEGIN;
SET LOCAL search_path = :"base", kbnorms;
SELECT format('DROP TABLE IF EXISTS %I.%I', :'staging', kind) FROM unnest(load_kinds()) AS kind \gexec
SELECT create_staging(:'staging') \gset ignored_
COMMIT;
SQL

# A spreadsheet may have begun the file with a byte order mark.
for kind in units territories managers posts manager_territories organizations \
	bindings history turnover overdue activities; do
	[ -e "$folder/$kind.csv" ] || continue
	mark=$(printf '\357\273\277')
	columns=$(head -n 1 "$folder/$kind.csv" | tr -d '\r' | LC_ALL=C sed "s/^$mark//" | tr "$delimiter" ',')
	LC_ALL=C sed "1s/^$mark//" "$folder/$kind.csv" |
		run -c "\\copy \"$staging\".$kind ($columns) FROM pstdin (FORMAT csv, HEADER match, DELIMITER '$delimiter', ENCODING '$encoding')"
done

run <<'SQL'
BEGIN;
SET LOCAL search_path = :"base", kbnorms;
SELECT kind, read, imported, present, rejected FROM import_company(:'staging');
COMMIT;
\echo What was not taken:
SELECT kind, row_no, column_name, value, reason
FROM :"base".import_reject
WHERE source LIKE :'staging' || '.%'
ORDER BY array_position(:"base".load_kinds(), kind), row_no;
SQL
