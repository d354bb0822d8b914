#!/bin/bash
# Brings all C files into PostgreSQL's layout.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

scripts/packages.sh build lint
open_work
stage
scripts/typedefs.sh src/*.o >"$work/typedefs"
for file in src/*.[ch]; do
	scripts/pgindent.sh "$work/typedefs" "$file" >"$work/indented"
	cmp -s "$file" "$work/indented" || cat "$work/indented" >"$file"
done
