#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_replicated.sh - a migration on a MySQL server that others replicate from, with GTIDs: the
# replica has the same tables and rows afterwards, with either executor. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
gtid=(gtid-mode=ON enforce-gtid-consistency=ON log-bin=binlog)

# The replica has everything that the master has done.
caught_up() {
    local executed

    my_select "$master"
    executed=$(my_sql mysql -e 'SELECT @@global.gtid_executed')
    my_select "$replica"
    is "$(my_sql mysql -e "SELECT wait_for_executed_gtid_set('$executed', 120)")" 0 "$1: the replica has caught up"
    is "$(my_sql mysql -e 'SELECT concat(last_error_number, last_error_message) FROM
        performance_schema.replication_applier_status_by_worker WHERE last_error_number <> 0')" '' "$1: without an error"
}

export AIRFLOW_TIMEOUT=300
mysql_oracle_begin replicated "${gtid[@]}"
master=$MYT_DIR port=$MYT_PORT
if ! my_start "${gtid[@]}"; then
    not_ok 'a second server starts'
    finish_tests
    exit 1
fi
replica=$MYT_DIR
# Both made the user; the replica is to hear of it from the master.
my_sql mysql -e "DROP USER '$MYT_USER'@'%'; RESET BINARY LOGS AND GTIDS;
    CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = $port, SOURCE_USER = '$MYT_USER',
        SOURCE_PASSWORD = '$MYT_PASSWORD', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1;
    START REPLICA"

my_select "$master"
my_create chain
fill 2.11.2 chain
my_copy chain fused
caught_up 'before'

export AIRSHIFT_TEST_SHADOW_BIG_BYTES=0 AIRSHIFT_TEST_SHADOW_RANGE_ROWS=50
for way in chain fused; do
    my_select "$master"
    my_url "$way" >"$work/url"
    case $way in
    chain) option=(--executor chain) ;;
    fused) option=(--mode detached) ;;
    esac
    "$airshift" migrate --url-file "$work/url" --to 3.3.2 --fernet-key-file "$work/key" "${option[@]}" >"$work/out" 2>"$work/err"
    is "$? $(grep "^error" "$work/err" | head -n 3)" '0 ' "$way: migrated"
    picture "$way" >"$work/master"
    caught_up "$way"
    picture "$way" >"$work/replica"
    is "$(diff "$work/master" "$work/replica" | head -n 20)" '' "$way: $(wc -l <"$work/master") lines of tables and rows are the master's"
    if [ "$(grep -c 'INSERT INTO' "$work/replica")" -lt 2000 ]; then
        not_ok "$way: there are rows to compare"
    fi
    is "$(my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '${way}\_%'")" '' \
        "$way: nothing else is left on the replica"
done
finish_tests
