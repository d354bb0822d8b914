#!/bin/bash
# Writes what the catalog says of a client base: doc/dictionary.md, the views in
# Russian, doc/dictionary.ru.md, and the diagrams doc/img/er.svg and
# doc/img/data-flow.svg with their sources in Graphviz's language beside them.
#
#   scripts/dictionary.sh [DIR]     with DIR, writes text and sources there instead
#                                   and draws nothing: so make lint compares
# shellcheck disable=SC2317 # a function is called by name
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

# A picture of a source; its last line says of which, so that a stale one is seen.
draw() {
	dot -Tsvg "$1.dot" >"$1.svg"
	echo "<!-- drawn from $(md5sum <"$1.dot" | cut -d ' ' -f 1) -->" >>"$1.svg"
}

# The pairs of a catalog of messages, a line each.
translations() {
	perl -ne '$said = $1 if /^msgid "(.+)"$/; if (/^msgstr "(.+)"$/ && defined $said) { print "$said\t$1\n" =~ s/\\"/"/gr; undef $said }' "$1"
}

write_all() {
	start_cluster cluster
	psql -q -X -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION kbnorms' -c "CALL kbnorms.create_client_base('kb')"
	for part in dictionary er data-flow; do
		case $part in
		dictionary) file=$1/dictionary.md ;;
		*) file=$1/img/$part.dot ;;
		esac
		psql -q -X -A -t -v ON_ERROR_STOP=1 -f "scripts/dictionary/$part.sql" >"$file"
	done
	translations po/dictionary.ru.po |
		psql -q -X -A -t -v ON_ERROR_STOP=1 -f scripts/dictionary/views.ru.sql >"$1/dictionary.ru.md"
	stop_cluster
}

if [ $# = 0 ]; then
	scripts/packages.sh build dictionary
fi
open_work
stage
out=${1:-doc}
mkdir -p "$out/img"
run write_all "$out"
if [ "$status" = 0 ] && [ $# = 0 ]; then
	draw doc/img/er
	draw doc/img/data-flow
fi
exit "$status"
