# shellcheck shell=bash disable=SC2034,SC2317
# For sourcing: what test, demo, lint and bench share.  A working directory
# that goes away with all clusters in it however the script ends, a build that
# is installed there and not into the system, and clusters that use it.
# Left for the scripts: $work, $status, $bindir, $pgxs, $pg_config.
#
# KBNORMS_DESTDIR=DIR installs into DIR instead, and leaves it there.
set -eu
cd "$(dirname "$0")/.."

work=
job=

# Make the working directory; what lies in it is removed at the end.
open_work() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/kbnorms.XXXXXX")
	chmod 711 "$work"
	trap close_work EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# End what still runs, stop every server below the working directory, remove it.
close_work() {
	trap '' HUP INT TERM
	if [ -n "$job" ] && kill -TERM -- "-$job" 2>/dev/null; then
		wait "$job" 2>/dev/null || true
	fi
	find "$work" -name postmaster.pid 2>/dev/null | while read -r file; do
		pid=$(head -n 1 "$file" 2>/dev/null) || continue
		kill -QUIT "$pid" 2>/dev/null || continue
		while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
	done
	rm -rf "$work"
}

# Run a function in a process group of its own, so that an interrupt is acted
# upon at once and reaches all that it has started.  Leaves its exit status in
# $status.
run() {
	set -m
	(
		trap - EXIT HUP INT TERM
		"$@"
	) </dev/null &
	job=$!
	set +m
	status=0
	wait "$job" || status=$?
	job=
}

# Run a command as the owner of the servers, away from directories that he
# may not read.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd "$work" && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

# Build and install below a directory of our own; write the settings that make
# a server load from there, one a line, to $work/settings.
stage() {
	pg_config=${PG_CONFIG:-pg_config}
	bindir=$("$pg_config" --bindir)
	PATH=$bindir:$PATH
	pgxs=$(dirname "$("$pg_config" --pgxs)")/../..
	dest=${KBNORMS_DESTDIR:-$work/root}
	"${MAKE:-make}" -s --no-print-directory with_llvm=no PG_CONFIG="$pg_config" all
	"${MAKE:-make}" -s --no-print-directory with_llvm=no PG_CONFIG="$pg_config" \
		install DESTDIR="$dest"
	version=$("$pg_config" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
	{
		echo "dynamic_library_path=$dest$("$pg_config" --pkglibdir):\$libdir"
		if [ "$version" -ge 18 ]; then
			echo "extension_control_path=$dest$("$pg_config" --sharedir):\$system"
		else
			echo "extension_destdir=$dest"
		fi
	} >"$work/settings"
}

# start_cluster NAME [setting=value ...]: start one and point clients at it.
start_cluster() {
	name=$1
	shift
	while read -r setting; do
		set -- "$@" "$setting"
	done <"$work/settings"
	PGHOST=$work/$name
	PGUSER=postgres
	PGDATABASE=postgres
	export PGHOST PGUSER PGDATABASE
	unset PGPORT PGSERVICE PGOPTIONS PGPASSWORD
	scripts/cluster.sh start "$PGHOST" "$@"
}

stop_cluster() {
	scripts/cluster.sh stop "$PGHOST"
}
