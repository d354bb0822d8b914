#!/bin/bash
# Builds the site of examples/dashboard over the sample company, in a throwaway
# cluster, clicks through it in Chromium, and takes the pictures of the READMEs.
#
#   scripts/dashboard.sh [PICTURES]     a directory; doc/img without it
#
# The site is left in examples/dashboard/dist: plain files for any web server.
# shellcheck disable=SC2317 # a function is called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

site=examples/dashboard

# The sample company with its closed months recorded, as the site's queries see it.
company() {
	# What to do is said in Russian too, which takes the locale.
	localedef -i ru_RU -f UTF-8 "$work/ru_RU.UTF-8"
	export LOCPATH=$work
	start_cluster cluster
	createdb company
	PGDATABASE=company
	export PGDATABASE
	psql -q -X -v ON_ERROR_STOP=1 \
		-c "ALTER DATABASE company SET kbnorms.today = '2010-07-15'" \
		-c 'CREATE EXTENSION kbnorms' -c "CALL kbnorms.create_client_base('kb', memos => false)"
	psql -q -X -v ON_ERROR_STOP=1 -f examples/sample/load.sql
	psql -q -X -v ON_ERROR_STOP=1 -o /dev/null -c "SELECT kb.close_month('2010-05'), kb.close_month('2010-06')"
	export PGOPTIONS='-c search_path=kb,kbnorms'
}

dashboard() {
	company
	npm ci --prefix "$site" --no-audit --no-fund --loglevel=error
	(cd "$site" && rm -rf dist src/.observablehq && npm run --silent build)
	node "$site/test/clicks.js" "$site/dist" "$1"
}

scripts/packages.sh build dashboard
open_work
stage
export OBSERVABLE_TELEMETRY_DISABLE=true
run dashboard "$(realpath -m "${1:-doc/img}")"
exit "$status"
