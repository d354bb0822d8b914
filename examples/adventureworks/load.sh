#!/bin/sh
# Loads AdventureWorks' sales people, stores and sales into a client base and
# prints how it stands to the norms.
#
#   examples/adventureworks/load.sh FOLDER [BASE]
#
# FOLDER holds the CSV files that README.md names; BASE is the schema to make,
# adventureworks by default.  The database is the one that psql connects to (set
# PGHOST, PGDATABASE ...), has the extension kbnorms, and the user is a superuser.
set -eu
if [ $# -lt 1 ] || [ ! -f "$1/stores.csv" ]; then
	sed -n '5,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
# The data end on 1 May 2014: that is when the business day is put.
PGOPTIONS='-c kbnorms.today=2014-05-02 -c client_min_messages=warning'
export PGOPTIONS
exec psql -X -q -v ON_ERROR_STOP=1 -v base="${2:-adventureworks}" -f "$here/load.sql" -f "$here/report.sql"
