#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_mysql_partition.t - as switch_partition.t, with MySQL's servers: the network loses every
# packet around the fence and around the point of no return. No command hangs, blue is given back
# as soon as it is reached, and there are never two masters.
set -u
# shellcheck source=tests/lib/partition.sh
. "${srcdir:-.}/tests/lib/partition.sh"
partition_enter "$0"
BLUE_HOST=10.81.1.2
export BLUE_HOST
# shellcheck source=tests/db/switch_mysql_lib.sh
. "${srcdir:-.}/tests/db/switch_mysql_lib.sh"
# shellcheck source=tests/fault/switch_partition_lib.sh
. "${srcdir:-.}/tests/fault/switch_partition_lib.sh"

# Blue is the only server that the test itself starts.
myt_exec() { # program [argument ...]
    local place=()

    [ "$1" != sbin/mysqld ] || place=(ip netns exec "$PARTITION-blue")
    myt_command "$1"
    exec "${place[@]}" "${MYT_COMMAND[@]}" "${@:2}"
}
BLUE_SETTINGS+=(bind-address=0.0.0.0 skip-name-resolve=ON) # nobody answers there what name an address has

# A client beside each server.
mysql_client() {
    myt_command bin/mysql
    beside "$1" "${MYT_COMMAND[@]}" "${@:2}"
}

session() { # user password port sql
    MYSQL_PWD=$2 mysql_client "$3" --no-defaults --connect-timeout=3 --batch --skip-column-names -h 127.0.0.1 \
        -P "$3" -u "$1" airflow -e "$4" 2>&1
}

serves() {
    [ "$(client "$BLUE_PORT" "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES (uuid(), '', 0); SELECT 'written'")" = written ]
}

begin_switch_mysql_tests
prepare_partition

# --- fenced ---------------------------------------------------------------------------------------

cut_at start fence.end:after tool 4 unfencing 'fenced'
comes_back unfenced fenced

kill_cut start fence.end:after tool --no-watchdog
observe 'killed without a watchdog'
is "$masters $(state)" '00 fenced' 'killed without a watchdog: blue stays fenced'
heal
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'resume goes on, though blue still has the old session' || cat "$base/out"

# --- right before and right after the point of no return -------------------------------------------

around_no_return true
echo "# the longest command ended $longest ms after the cut"

finish_tests
