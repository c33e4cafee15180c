# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of the operator's commands on a MySQL of their own begin with: the libraries,
# the program, a directory, and the end of both. Source it; it starts no server.
#
#   my_test_begin NAME    makes the directory $work
#   my_test_end           what runs at exit; a test with more to close sets its own trap
#   my_run COMMAND [ARG ...]
#                         airshift on the database whose URL is in $work/url: its output on one
#                         line in $out, its exit code in $code
#
# $airshift is the program.

# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "${BASH_SOURCE[0]%/*}/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "${BASH_SOURCE[0]%/*}/../lib/tap.sh"
# shellcheck disable=SC2034 # the test's
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}

my_test_end() {
    my_stop_all
    rm -rf "$work"
}

my_test_begin() { # name
    export LC_ALL=C
    work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-$1-mysql.XXXXXX") || exit 1
    trap my_test_end EXIT
    trap 'exit 1' INT TERM
}

my_run() { # command [argument ...]
    out=$(timeout 300 "$airshift" "$1" --url-file "$work/url" "${@:2}" 2>&1)
    # shellcheck disable=SC2034 # the test's
    code=$?
    out=${out//$'\n'/ }
}
