#!/bin/bash
# Compares the engine and the reports with the second reading of the rules, on
# random worlds, in a throwaway cluster.
#
#   scripts/fuzz.sh [--seed N] [--count WORLDS | --seconds S]
# shellcheck disable=SC2317 # a function is called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

compare() {
	start_cluster cluster
	psql -q -X -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION kbnorms'
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 test/model/fuzz.py "$@"
}

scripts/packages.sh build test
open_work
stage
run compare "$@"
exit "$status"
