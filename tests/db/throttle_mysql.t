#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# throttle_mysql.t - airshift migrate in place on a MySQL that has enough to do, or whose replica lags:
# no further work is begun, it is said why, and it goes on when that is over; beside the tables, and
# revision by revision. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin throttle
trap 'my_test_end' EXIT
gtid=(gtid-mode=ON enforce-gtid-consistency=ON log-bin=binlog)
my_start "${gtid[@]}" || exit 1
master=$MYT_DIR port=$MYT_PORT
my_create source
my_url source >"$work/url"
"$airshift" migrate --url-file "$work/url" --to 2.11.2 --progress none >"$work/out" 2>&1
is $? 0 'a database of Airflow 2.11'
my_sql source -e "INSERT INTO slot_pool (pool, slots, include_deferred) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 900)
    SELECT concat('p', n), 1, 0 FROM n"
OLD=5f2621c13b39 NEW=d2f4e1b3c5a7 # 2.11.2 and 3.3.2
revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version'; }

begin() { # database [option ...]: in the background
    my_url "$1" >"$work/url"
    timeout 300 "$airshift" migrate --url-file "$work/url" --to 3.3.2 --progress json "${@:2}" >"$work/out" 2>&1 9>&- &
    migration=$!
}
says() { # text: waits until it is said, or all is over
    local until=$((SECONDS + 60))
    until grep -qE "$1" "$work/out"; do
        if ! kill -0 "$migration" 2>/dev/null || [ "$SECONDS" -ge "$until" ]; then break; fi
        read -r -t 0.05 <> <(:) || true
    done
    grep -qE "$1" "$work/out"
}
# Rows that are copied already; revisions that are stamped.
copied() { my_sql "$1_airshift_new" -e "SELECT count(*) FROM airshift_done WHERE item LIKE 'copy%'; SELECT count(*) FROM airshift_range WHERE is_done = 't'" | paste -sd' '; }
ends() { # name database
    wait "$migration"
    is "$? $(revision "$2")" "0 $NEW" "$1: it goes on and arrives"
    is "$(grep -c 'the load has fallen, or the replicas have caught up: going on' "$work/out")" 1 "$1: and says so"
    my_drop "$2"
}

# --- sessions of others ---------------------------------------------------------------------

work_begins() {
    local i
    workers=()
    for i in 1 2 3 4; do
        my_sql mysql -e 'SELECT sleep(600)' >/dev/null 2>&1 &
        workers+=($!)
    done
    until [ "$(sleepers | wc -l)" = 4 ]; do read -r -t 0.05 <> <(:) || true; done
}
sleepers() { my_sql mysql -e "SELECT id FROM information_schema.processlist WHERE info = 'SELECT sleep(600)'"; }
work_ends() {
    local id
    while read -r id; do my_sql mysql -e "KILL $id"; done < <(sleepers)
    wait "${workers[@]}"
}
for way in fused chain; do
    my_copy source "$way"
    work_begins
    begin "$way" --executor "$way" --max-sessions 3
    says 'paused: waits for the server: [0-9]+ sessions of others are at work, limit 3'
    is $? 0 "$way: it waits, and says so"
    if [ "$way" = fused ]; then
        says '"waits_for":"the server: [0-9]+ sessions'
        is $? 0 "$way: its progress says so, too"
        is "$(copied "$way")" '0 0' "$way: nothing is copied meanwhile"
    fi
    is "$(revision "$way")" "$OLD" "$way: nothing is done meanwhile"
    work_ends
    ends "$way" "$way"
done
# Whoever waits for the migration is not at work.
my_copy source waiting
work_begins
begin waiting --executor fused --max-sessions 3
says 'paused: waits for the server'
writers=()
for i in 1 2 3 4 5; do
    my_sql waiting -e "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('k$i', 'v', 0)" >/dev/null 2>&1 &
    writers+=($!)
done
until [ "$(my_sql mysql -e "SELECT count(*) FROM performance_schema.metadata_locks WHERE object_name = 'variable' AND lock_status = 'PENDING'")" = 5 ]; do
    kill -0 "$migration" 2>/dev/null || break
    read -r -t 0.05 <> <(:) || true
done
work_ends
wait "$migration"
is "$? $(revision waiting)" "0 $NEW" 'writers that wait for the migration do not stop it'
wait "${writers[@]}"
is "$(my_sql waiting -e "SELECT count(*) FROM variable WHERE val = 'v'")" 5 'and write'
my_drop waiting
work_begins
my_copy source any
begin any --executor fused
wait "$migration"
is "$? $(revision any) $(grep -c paused "$work/out")" "0 $NEW 0" 'without a limit any number is taken'
my_drop any
my_copy source detached
begin detached --mode detached --max-sessions 3
wait "$migration"
is "$? $(grep -c paused "$work/out")" '0 0' 'detached there is no limit'
my_drop detached
work_ends

# --- a replica ------------------------------------------------------------------------------

my_start "${gtid[@]}" || exit 1
replica=$MYT_DIR
my_sql mysql -e "DROP USER '$MYT_USER'@'%'; RESET BINARY LOGS AND GTIDS;
    CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = $port, SOURCE_USER = '$MYT_USER',
        SOURCE_PASSWORD = '$MYT_PASSWORD', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1;
    START REPLICA"
caught_up() {
    local executed
    my_select "$master"
    executed=$(my_sql mysql -e 'SELECT @@global.gtid_executed')
    my_select "$replica"
    is "$(my_sql mysql -e "SELECT wait_for_executed_gtid_set('$executed', 120)")" 0 "$1"
}
my_select "$master"
my_copy source behind
caught_up 'a replica has caught up'
my_url mysql >"$work/replica.url"
my_sql mysql -e 'STOP REPLICA SQL_THREAD'
my_select "$master"
begin behind --executor fused --throttle-replica-file "$work/replica.url"
says 'paused: waits for the replica 127.0.0.1:[0-9]+/mysql, which does not replicate'
is "$? $(revision behind)" "0 $OLD" 'a replica that does not replicate is waited for'
my_select "$replica"
my_sql mysql -e 'START REPLICA SQL_THREAD'
my_select "$master"
ends 'a replica that replicates again' behind
my_copy source behind
caught_up 'it has caught up'
mkfifo "$work/hold"
{ echo "LOCK TABLES behind.variable READ; SELECT 'here';" && cat; } <"$work/hold" | my_sql mysql --unbuffered >"$work/held" &
holder=$!
exec 9>"$work/hold"
until grep -q here "$work/held"; do read -r -t 0.05 <> <(:) || true; done
my_select "$master"
my_sql behind -e "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('late', 'v', 0)"
begin behind --executor chain --throttle-replica-file "$work/replica.url" --max-lag 1
says 'paused: waits for 127.0.0.1:[0-9]+/mysql: [0-9.]+ s behind, limit 1.0 s'
is "$?" 0 'a replica that lags is waited for'
exec 9>&-
wait "$holder"
ends 'a replica that has caught up' behind
begin behind --throttle-replica "mysql://u:p@127.0.0.1/x"
wait "$migration"
like "$? $(cat "$work/out")" '^2 .*a password on the command line' 'a password on the command line is refused'
finish_tests
