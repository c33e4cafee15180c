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
    local program=$1 loader place=()

    shift
    [ "$program" != sbin/mysqld ] || place=(ip netns exec "$PARTITION-blue")
    for loader in "$MYT_HOME"/root/usr/lib/*/ld-linux-*.so.*; do
        break
    done
    exec "${place[@]}" "$loader" --library-path "${loader%/*}" "$MYT_HOME/root/usr/$program" "$@"
}
BLUE_SETTINGS+=(bind-address=0.0.0.0 skip-name-resolve=ON) # nobody answers there what name an address has

# A client beside each server.
mysql_client() {
    local loader

    for loader in "$MYT_HOME"/root/usr/lib/*/ld-linux-*.so.*; do
        break
    done
    beside "$1" "$loader" --library-path "${loader%/*}" "$MYT_HOME/root/usr/bin/mysql" "${@:2}"
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

cut_at cutover commit.begin:after all 4 verified 'cut right before the point of no return'
is "$masters" 00 'cut right before the point of no return: nobody writes'
heal
cut_at cutover commit.end:after all 0 switched 'cut right after the point of no return'
is "$masters" 01 'cut right after the point of no return: green is the master'
t0=$(now_ms)
tool rollback >"$base/out" 2>&1
is "$? $(state)" '4 rolling_back' 'a rollback while blue is not reached: exit code and state'
within "$(since "$t0")" "$LIMIT_MS" 'the rollback ends'
observe 'a rollback while blue is not reached'
is "$masters" 01 'and green goes on serving'
heal
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'resume ends the rollback'
observe 'the rollback'
is "$masters" 10 'and blue is the master'
echo "# the longest command ended $longest ms after the cut"

finish_tests
