#!/bin/sh
# A throwaway PostgreSQL cluster for tests, the demo and benchmarks.
#
#   scripts/cluster.sh start DIR [name=value ...]   make and start one in DIR
#   scripts/cluster.sh stop DIR                     stop and remove it
#
# The server runs as user postgres when called as root, listens on a socket in
# DIR alone and preloads kbnorms and pg_cron.  Connect with PGHOST=DIR
# PGUSER=postgres.
set -eu

bindir=$("${PG_CONFIG:-pg_config}" --bindir)

# Run a command as the owner of the cluster.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

start() {
	dir=$1
	shift
	mkdir -p "$dir"
	chmod 711 "$dir"
	if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
	as_server "$bindir/initdb" -D "$dir/data" -A trust -U postgres --no-sync \
		-E UTF8 --locale=C.UTF-8 >/dev/null
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$dir'"
		echo "shared_preload_libraries = 'pg_cron, kbnorms'"
		echo "cron.host = '$dir'"
		echo "cron.database_name = 'postgres'"
		echo "fsync = off"
		for setting in "$@"; do
			echo "${setting%%=*} = '${setting#*=}'"
		done
	} >>"$dir/data/postgresql.conf"
	as_server "$bindir/pg_ctl" -D "$dir/data" -l "$dir/log" -w start >/dev/null
}

stop() {
	as_server "$bindir/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1 || true
	rm -rf "$1"
}

case ${1-} in
start | stop)
	command=$1
	shift
	"$command" "$@"
	;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
