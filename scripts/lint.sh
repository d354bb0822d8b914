#!/bin/bash
# Checks layout, warnings and mistakes that a tool can find: in C, in the
# scripts, in every PL/pgSQL function of the extension and of a base, and in
# what the documents say of the repository.
# shellcheck disable=SC2317 # functions are called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# The C files are in PostgreSQL's layout.
check_indent() {
	scripts/typedefs.sh "$work"/build/src/*.o >"$work/typedefs"
	for file in src/*.[ch]; do
		scripts/pgindent.sh "$work/typedefs" "$file" | diff -u "$file" - || touch "$work/bad"
	done
	[ ! -e "$work/bad" ]
}

# Everything compiles without a warning; a copy, so that all of it is compiled.
check_warnings() {
	mkdir "$work/build"
	cp -R Makefile kbnorms.control nls.mk po scripts src "$work/build"
	rm -f "$work"/build/src/*.o
	make -s --no-print-directory -C "$work/build" with_llvm=no PG_CONFIG="$pg_config" \
		COPT='-Wall -Wextra -Werror' all
}

check_cppcheck() {
	cppcheck --quiet --enable=warning,style,performance,portability --std=c99 --force \
		-D 'INT64_FORMAT="%ld"' --inline-suppr --error-exitcode=1 -I src src
}

check_shellcheck() {
	find .ci bench examples scripts test -name node_modules -prune -o -type f -print 2>/dev/null | sort | while read -r file; do
		if head -n 1 "$file" | grep -qaE '^#!.*sh$|^# shellcheck shell'; then
			echo "$file"
		fi
	done >"$work/scripts"
	xargs shellcheck -x <"$work/scripts"
}

# Each catalog says everything that the sources say, and nothing else, with the
# same places; every file that raises errors looks into it.
check_messages() {
	"${MAKE:-make}" -s --no-print-directory -C "$work/build" with_llvm=no PG_CONFIG="$pg_config" init-po || return 1
	while read -r language; do
		po=$work/build/po/$language.po
		pot=$work/build/po/kbnorms.pot
		msgcmp "$po" "$pot" 2>&1
		msgmerge -q -N "$po" "$pot" 2>&1 | msgfmt -c -o /dev/null - 2>&1
	done <po/LINGUAS >"$work/messages"
	grep -lE 'ereport|errdetail|errhint' src/*.c | xargs grep -LE '#include "(kbnorms|engine).h"' >>"$work/messages"
	cat "$work/messages"
	[ ! -s "$work/messages" ]
}

check_documents() {
	scripts/documents.pl
}

# What has been released is never edited.
check_released() {
	(cd released && sha256sum --check --strict --quiet SHA256SUMS && [ "$(ls kbnorms--*.sql)" = "$(sed 's/.* //' SHA256SUMS)" ])
}

# plpgsql_check wants the table of a trigger function.
check_plpgsql() {
	start_cluster plpgsql.cluster
	psql -q -X -v ON_ERROR_STOP=1 <<'SQL' >"$work/plpgsql"
SET client_min_messages = warning;
CREATE EXTENSION kbnorms;
CREATE EXTENSION pg_cron; -- for the functions that schedule
CREATE EXTENSION plpgsql_check;
CALL kbnorms.create_client_base('kb');
\pset format unaligned
\pset tuples_only on
SELECT count(*) || ' PL/pgSQL functions' FROM pg_proc f JOIN pg_language l ON l.oid = f.prolang
WHERE l.lanname = 'plpgsql' AND f.pronamespace IN ('kb'::regnamespace, 'kbnorms'::regnamespace);
SELECT f.oid::regprocedure || ':' || coalesce(p.lineno::text, '') || ': '
    || p.level || ': ' || p.message || coalesce(' (' || p.detail || ')', '')
FROM pg_proc f
JOIN pg_language l ON l.oid = f.prolang AND l.lanname = 'plpgsql'
LEFT JOIN LATERAL (SELECT t.* FROM pg_trigger t WHERE t.tgfoid = f.oid LIMIT 1) t ON true
CROSS JOIN LATERAL plpgsql_check_function_tb(f.oid, coalesce(t.tgrelid, 0), fatal_errors => false,
    oldtable => t.tgoldtable, newtable => t.tgnewtable) p
WHERE f.pronamespace IN ('kb'::regnamespace, 'kbnorms'::regnamespace)
  AND p.message NOT LIKE 'unused parameter %' -- a signature may be older or newer than its use
ORDER BY 1;
SQL
	stop_cluster
	cat "$work/plpgsql"
	[ "$(wc -l <"$work/plpgsql")" = 1 ]
}

# What was written from the catalog is what the catalog says now.  A picture is
# compared by its source: another version of Graphviz draws another one.
check_dictionary() {
	mkdir "$work/dictionary"
	KBNORMS_DESTDIR=$dest scripts/dictionary.sh "$work/dictionary" || return 1
	for file in dictionary.md dictionary.ru.md img/er.dot img/data-flow.dot; do
		diff -u "doc/$file" "$work/dictionary/$file" >>"$work/dictionary/diff" || touch "$work/stale"
	done
	for picture in er data-flow; do
		grep -q "drawn from $(md5sum <"doc/img/$picture.dot" | cut -d ' ' -f 1)" "doc/img/$picture.svg" || touch "$work/stale"
	done
	[ ! -e "$work/stale" ] || {
		head -n 40 "$work/dictionary/diff"
		echo 'run "make dictionary"'
		return 1
	}
}

scripts/packages.sh build lint
open_work
stage
failed=0
for check in warnings indent messages cppcheck shellcheck plpgsql documents released dictionary; do
	run "check_$check"
	if [ "$status" = 0 ]; then
		echo "lint: $check: passed"
	else
		echo "lint: $check: FAILED"
		failed=1
	fi
done
exit "$failed"
