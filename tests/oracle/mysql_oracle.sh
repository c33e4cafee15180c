# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the oracle's tests on a real MySQL share: the libraries, the program, a directory that
# goes at the end, and a server. Source it; it decides nothing about what is compared.
#
#   mysql_oracle_begin NAME   makes the directory $work and starts a server, or ends the test
#   mysql_oracle_end          what runs at exit; a test with more to end sets its own trap
#
# $airshift is the program, $here this directory.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/airflow_env.sh
. "$here/../lib/airflow_env.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C

mysql_oracle_end() {
    my_stop_all
    rm -rf "$work"
}

mysql_oracle_begin() { # name
    work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-$1.XXXXXX") || exit 1
    export AIRFLOW_WORK=$work
    trap mysql_oracle_end EXIT
    # shellcheck disable=SC2119 # no settings
    my_start || {
        not_ok 'a server starts'
        finish_tests
        exit 1
    }
}
