#!/bin/bash
# Measures kbnorms beside what one would write oneself, in a throwaway cluster,
# and writes tables to bench/results.
#
#   scripts/bench.sh [ARGUMENT ...]    those of bench/run.py; --growth is another run
#
# KBNORMS_BENCH_SETTINGS="name=value ..." sets more of the server.
# shellcheck disable=SC2317 # a function is called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# Commits are real.  Autovacuum is off, so that it does not run in the middle of
# a measurement; what it would do is done between them.
measure() {
	# shellcheck disable=SC2086 # a list of words
	start_cluster cluster fsync=on synchronous_commit=on autovacuum=off \
		shared_buffers=1GB work_mem=32MB maintenance_work_mem=256MB \
		max_wal_size=8GB checkpoint_timeout=1h ${KBNORMS_BENCH_SETTINGS-}
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 bench/run.py "$@"
}

scripts/packages.sh build bench
open_work
stage
run measure "$@"
exit "$status"
