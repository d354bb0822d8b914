#!/bin/sh
# Installs what a target needs from the distribution's packages, where missing.
#
#   scripts/packages.sh SET ...      sets: build, test, bench, dashboard, lint, dictionary
#
# On Debian and its kin apt-get is called as root or through sudo; elsewhere
# what is needed is printed and the script fails, unless the programs are there.
set -eu

# The packages of a set; @ stands for the major version of PostgreSQL.
packages_of() {
	case $1 in
	build) echo gcc make libc6-dev gettext postgresql-@ postgresql-server-dev-@ postgresql-@-cron ;;
	test) echo postgresql-@-pgtap libtap-parser-sourcehandler-pgtap-perl libipc-run-perl locales python3 python3-psycopg2 ;;
	bench) echo python3 python3-psycopg2 ;;
	dictionary) echo graphviz ;;
	dashboard)
		echo chromium fonts-dejavu-core locales
		command -v npm >/dev/null || echo nodejs npm
		;;
	lint) echo pg-bsd-indent binutils cppcheck shellcheck postgresql-@-plpgsql-check ;;
	*)
		echo "packages.sh: unknown set \"$1\"" >&2
		exit 2
		;;
	esac
}

# Run a command as root.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "kbnorms: \"$*\" needs root; run as root, install sudo, or install the packages yourself" >&2
		exit 1
	fi
}

# The major version: of the pg_config at hand, else the distribution's own.
major_version() {
	if "${PG_CONFIG:-pg_config}" --version >/dev/null 2>&1; then
		"${PG_CONFIG:-pg_config}" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/'
	else
		apt-cache show postgresql 2>/dev/null |
			sed -n 's/^Depends:.*postgresql-\([0-9][0-9]*\).*/\1/p' | head -n 1
	fi
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

wanted=
for set in "$@"; do
	wanted="$wanted $(packages_of "$set")"
done

if ! command -v apt-get >/dev/null; then
	echo "kbnorms: this is no Debian; assuming that these are here in your system's form:"
	echo "$wanted" | tr ' ' '\n' | sed -n 's/@/N/g; s/./  &/p'
	if ! "${PG_CONFIG:-pg_config}" --version >/dev/null 2>&1; then
		echo "kbnorms: pg_config was not found; name it with PG_CONFIG=/path/to/pg_config" >&2
		exit 1
	fi
	exit 0
fi

version=$(major_version)
if [ -z "$version" ]; then
	as_root apt-get update -qq
	version=$(major_version)
fi
if [ -z "$version" ]; then
	echo "kbnorms: the package lists of this system know no postgresql" >&2
	exit 1
fi
if [ "$version" -lt 15 ]; then
	echo "kbnorms: needs PostgreSQL 15 or later, this system has $version" >&2
	exit 1
fi
missing=
# PostgreSQL 16 and later bring their own pg_bsd_indent.
[ "$version" -lt 16 ] || wanted=$(echo "$wanted" | sed 's/ pg-bsd-indent//')
for package in $(echo "$wanted" | sed "s/@/$version/g"); do
	is_installed "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
	echo "kbnorms: installing$missing"
	log=$(mktemp)
	# shellcheck disable=SC2086 # a list of words
	if ! { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends $missing </dev/null; } >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		exit 1
	fi
	rm -f "$log"
fi
