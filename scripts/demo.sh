#!/bin/bash
# Shows kbnorms at work on the sample company, in a throwaway cluster with
# pg_cron, and removes it.
#
#   scripts/demo.sh [SIZE]     SIZE multiplies the company; 1 without it
# shellcheck disable=SC2317 # a function is called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

tour() {
	start_cluster cluster cron.database_name=demo
	createdb demo
	# The business day of the demo is the same every day, for pg_cron too.
	psql -q -X -v ON_ERROR_STOP=1 -d demo \
		-c "ALTER DATABASE demo SET kbnorms.today = '2010-07-15'" \
		-c "ALTER DATABASE demo SET client_min_messages = warning" \
		-c 'CREATE EXTENSION kbnorms' -c 'CREATE EXTENSION pg_cron'
	PAGER='' psql -q -X -v ON_ERROR_STOP=1 -v size="$1" -d demo -f examples/sample/tour.sql 2>&1
}

scripts/packages.sh build
open_work
stage
run tour "${1:-1}"
exit "$status"
