#!/bin/sh
# Prints the typedef names that the C files use, for pg_bsd_indent.
#
#   scripts/typedefs.sh OBJECT ...     object files compiled with -g
set -eu
objdump --dwarf=info "$@" |
	awk '/DW_TAG_/ { typedef = /DW_TAG_typedef/ }
		typedef && /DW_AT_name/ { print $NF; typedef = 0 }' |
	sort -u
