#!/bin/sh
# Prints a C file in PostgreSQL's layout, which has one space before the star of
# a function's return type.
#
#   scripts/pgindent.sh TYPEDEFS FILE
set -eu
pg_bsd_indent -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 \
	-lp -lpl -nip -npro -sac -tpg -ts4 -U"$1" <"$2" |
	sed -E 's/^([A-Za-z_][^ \t]*)[ \t]+\*$/\1 */'
