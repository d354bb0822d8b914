#!/bin/bash
# Runs the tests against throwaway clusters and prints "N passed, N failed".
#
#   scripts/test.sh [RUNNER ...]     runners: regress, isolation, pgtap, tap, model
#
# All of them without arguments.  A test that is skipped or marked "to do" has
# not passed, and a runner that ran nothing has failed.
# shellcheck disable=SC2317 # functions are called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# Names of the tests of a directory: its files without their extension.
names() {
	for file in "$1"/*"$2"; do
		[ ! -e "$file" ] || basename "$file" "$2"
	done
}

# result RUNNER PASSED FAILED: show a runner's counts and keep them.
result() {
	if [ "$2" -eq 0 ] && [ "$3" -eq 0 ]; then
		echo "$1: no test was run"
		set -- "$1" 0 1
	fi
	echo "$1: $2 passed, $3 failed"
	echo "$2 $3" >>"$work/results"
}

# regress_result RUNNER TESTS DIFFS: what was not seen to pass has failed.
# The two forms are those up to PostgreSQL 15 and from 16.
regress_result() {
	[ ! -s "$3" ] || cat "$3"
	passed=$(grep -c -E '^test .* \.\.\. ok|^ok [0-9]' "$work/$1/output" || true)
	result "$1" "$passed" "$(($(wc -w <<<"$2") - passed))"
}

# tap_result RUNNER EXIT_STATUS: counts from the output that prove has kept.
tap_result() {
	# shellcheck disable=SC2046 # two words
	result "$1" $(find "$work/$1/output" -type f -print0 |
		xargs -0 perl scripts/count-tap.pl "$2")
}

run_regress() {
	mkdir "$work/regress" && : >"$work/regress/output"
	tests=$(names sql .sql)
	start_cluster regress.cluster cron.database_name=regression
	# shellcheck disable=SC2086 # a list of words
	[ -z "$tests" ] || "$pgxs/src/test/regress/pg_regress" --bindir="$bindir" \
		--inputdir=. --outputdir="$work/regress" \
		--dbname=regression --load-extension=kbnorms \
		--host="$PGHOST" --user=postgres $tests 2>&1 | tee "$work/regress/output"
	stop_cluster
	regress_result regress "$tests" "$work/regress/regression.diffs"
}

run_isolation() {
	mkdir "$work/isolation" && : >"$work/isolation/output"
	tests=$(names test/isolation/specs .spec)
	start_cluster isolation.cluster cron.database_name=isolation autovacuum=off
	createdb isolation
	psql -q -X -v ON_ERROR_STOP=1 -d isolation -f test/isolation/company.sql
	# shellcheck disable=SC2086 # a list of words
	[ -z "$tests" ] || "$pgxs/src/test/isolation/pg_isolation_regress" --bindir="$bindir" \
		--inputdir=test/isolation --outputdir="$work/isolation" \
		--dbname=isolation --use-existing \
		--host="$PGHOST" --user=postgres $tests 2>&1 | tee "$work/isolation/output"
	stop_cluster
	regress_result isolation "$tests" "$work/isolation/regression.diffs"
}

# Each file is one transaction of its own in a database with the extensions.
run_pgtap() {
	mkdir -p "$work/pgtap/output"
	tests=$(find test/pgtap -name '*.sql' 2>/dev/null | sort)
	status=0
	start_cluster pgtap.cluster
	psql -q -X -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION kbnorms' -c 'CREATE EXTENSION pgtap'
	# shellcheck disable=SC2086 # a list of words
	[ -z "$tests" ] || PERL_TEST_HARNESS_DUMP_TAP=$work/pgtap/output \
		pg_prove $tests 2>&1 || status=$?
	stop_cluster
	tap_result pgtap "$status"
}

# The tests start clusters of their own, as the user who may.  He may not be
# able to read this directory, so that they are copied.
run_tap() {
	mkdir -p "$work/tap/output" "$work/tap/data" "$work/tap/log" "$work/tap/short"
	for name in test/tap examples doc README.md README.ru.md; do
		[ ! -e "$name" ] || cp -R "$name" "$work/tap/"
	done
	rm -rf "$work/tap/examples/dashboard/node_modules"
	if [ -n "${KBNORMS_ADVENTUREWORKS-}" ]; then
		cp -R "$KBNORMS_ADVENTUREWORKS" "$work/tap/adventureworks"
	elif [ -e "$work/tap/tap/adventureworks.pl" ]; then
		echo "adventureworks.pl is left out: KBNORMS_ADVENTUREWORKS names no folder"
		rm "$work/tap/tap/adventureworks.pl"
	fi
	{
		sed "s/=\(.*\)/ = '\1'/" "$work/settings"
		echo "shared_preload_libraries = 'pg_cron, kbnorms'"
		echo "cron.database_name = 'postgres'"
		echo "cron.use_background_workers = on"
		echo "max_worker_processes = 20"
	} >"$work/tap/settings"
	[ "$(id -u)" != 0 ] || chown -R postgres "$work/tap"
	tests=$(names "$work/tap/tap" .pl | sed 's,.*,tap/&.pl,')
	# shellcheck disable=SC2086 # a list of words
	[ -z "$tests" ] || as_server env -C "$work/tap" TESTDIR="$work/tap" TESTDATADIR="$work/tap/data" TESTLOGDIR="$work/tap/log" \
		TMPDIR="$work/tap/short" TEMP_CONFIG="$work/tap/settings" LANG=C.UTF-8 \
		PATH="$PATH" PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
		PERL_TEST_HARNESS_DUMP_TAP="$work/tap/output" \
		KBNORMS_ADVENTUREWORKS="$work/tap/adventureworks" \
		prove -j 4 -I "$pgxs/src/test/perl" -I tap $tests 2>&1 |
		tee "$work/tap/prove"
	status=${PIPESTATUS[0]}
	sed -n 's,^tap/\(.*\)\.pl .*(Wstat.*,\1,p' "$work/tap/prove" | while read -r name; do
		find "$work/tap" -name "regress_log_$name" -exec tail -n 50 {} +
	done
	tap_result tap "$status"
}

# The second reading of the rules; its last line says its own counts.
run_model() {
	mkdir "$work/model" && : >"$work/model/output"
	start_cluster model.cluster
	psql -q -X -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION kbnorms'
	[ ! -e test/model/fuzz.py ] || PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 test/model/fuzz.py 2>&1 | tee "$work/model/output"
	stop_cluster
	counts=$(tail -n 1 "$work/model/output" |
		sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p')
	# shellcheck disable=SC2086 # two words
	result model ${counts:-0 0}
}

scripts/packages.sh build test
open_work
stage
: >"$work/results"
[ $# -gt 0 ] || set -- regress isolation pgtap tap model
for runner; do
	echo "== $runner"
	run "run_$runner"
	[ "$status" = 0 ] || echo "0 1" >>"$work/results"
done
echo
awk '{ passed += $1; failed += $2 }
	END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 || passed == 0 }' \
	"$work/results"
