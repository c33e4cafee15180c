# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of airshift on a PostgreSQL of their own begin with: the libraries, the
# program, a directory, and the end of both. Source it; it starts no server.
#
#   pg_test_begin NAME    makes the directory $work; without a server's programs or airshift
#                         the test ends here, as skipped
#   pg_test_end           what runs at exit; a test with more to close sets its own trap
#   pg_clone TEMPLATE DATABASE
#   pg_quarantined DATABASE
#                         what --quarantine set aside, a line a row: as it was, with the reason
#   pg_migrate DATABASE VERSION [OPTION ...]
#                         airshift's messages on one line in $out, its exit code in $code
#
# $airshift is the program.

# shellcheck source-path=SCRIPTDIR source=../lib/postgres.sh
. "${BASH_SOURCE[0]%/*}/../lib/postgres.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "${BASH_SOURCE[0]%/*}/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}

pg_test_end() {
    pg_stop_all
    rm -rf "$work"
}

pg_test_begin() { # name
    if [ ! -x "$(pg_bindir)/initdb" ] || [ ! -x "$airshift" ]; then
        echo '1..0 # SKIP no PostgreSQL server or no airshift'
        exit 77
    fi
    export LC_ALL=C
    work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-$1.XXXXXX") || exit 1
    trap pg_test_end EXIT
    trap 'exit 1' INT TERM
}

pg_migrate() { # database version [option ...]
    out=$(timeout 200 "$airshift" migrate --url "$(pg_url "$1")" --to "$2" --progress none "${@:3}" 2>&1)
    # shellcheck disable=SC2034 # the test's
    code=$?
    out=${out//$'\n'/ }
}

pg_clone() { # template database
    pg_psql postgres -qc 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $2" -c "CREATE DATABASE $2 TEMPLATE $1"
}

pg_quarantined() { # database
    local table

    for table in $(pg_psql "$1" -Atc "SELECT tablename FROM pg_tables WHERE tablename LIKE '\_airshift\_quarantine\_\_%' ORDER BY 1"); do
        pg_psql "$1" -Atc "SELECT '$table', to_jsonb(t) FROM $table AS t ORDER BY 2"
    done
}
