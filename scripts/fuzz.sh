#!/bin/bash
# Compares the engine and the reports with the second reading of the rules, on
# random worlds, in a throwaway cluster.
#
#   scripts/fuzz.sh [--seed N] [--count WORLDS | --seconds S]
#
# Afterwards sixteen sessions race for KBNORMS_RACE_SECONDS (60 without it),
# and as long again where nothing goes without a memo.
# shellcheck disable=SC2317 # a function is called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

compare() {
	start_cluster cluster
	psql -q -X -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION kbnorms'
	export PYTHONDONTWRITEBYTECODE=1
	/usr/bin/python3 test/model/fuzz.py "$@" || return 1
	/usr/bin/python3 test/model/race.py --seconds "${KBNORMS_RACE_SECONDS:-60}" || return 1
	/usr/bin/python3 test/model/race.py --seconds "${KBNORMS_RACE_SECONDS:-60}" --memos
}

scripts/packages.sh build test
open_work
stage
run compare "$@"
exit "$status"
