#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_durability.t - `migrate --defer-durability` on a real MySQL: the settings and the redo log
# while it works, and after it, and after it was killed at each step; that the migration is not in
# the binary log; who may not. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin durability

# migrate DATABASE [OPTION ...]: its messages on one line in $out, the exit code in $code
migrate() {
    my_url "$1" >"$work/url"
    out=$(timeout 200 "$airshift" migrate --url-file "$work/url" --to 2.7.3 --progress none "${@:2}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}

settings() {
    my_sql mysql -e "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.sync_binlog, (SELECT variable_value
        FROM performance_schema.global_status WHERE variable_name = 'Innodb_redo_log_enabled')" | tr '\t' ' '
}

# What is left of it: the database that remembers, and what is in the binary log since $since.
remembered() { my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'airshift%'"; }
written() { my_sql mysql -e 'SELECT @@GLOBAL.gtid_executed' | tr -d '\n'; }
revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version'; }

my_start log-bin=binlog gtid-mode=ON enforce-gtid-consistency=ON innodb-flush-log-at-trx-commit=1 sync-binlog=7 || {
    not_ok 'a server starts'
    finish_tests
    exit 1
}
on='1 7 ON' off='2 0 OFF'
is "$(settings)" "$on" 'a durable server'
my_create first
migrate first --to 2.6.3
is "$code" 0 'a database to begin with'

# --- all goes well --------------------------------------------------------------------------

my_copy first work
since=$(written)
migrate work --mode detached --defer-durability
is "$code $(revision work)" '0 405de8318b3a' 'migrated'
like "$out" 'durability is deferred: if this server or its machine fails .*throw the server away; the migration is not in its binary log, so make its replicas anew.*durability is restored, everything is on disk' \
    'it says what that means, and that it is over'
is "$(settings) $(remembered)" "$on " 'the settings are as they were, and nothing is left'
is "$(written)" "$since" 'nothing of it is in the binary log'
migrate work --mode detached --defer-durability
is "$code $(settings) $(remembered)" "0 $on " 'there is nothing to do'
my_drop work
my_copy first work
migrate work --executor chain --mode detached --defer-durability
is "$code $(settings) $(remembered) $(grep -c 'durability is restored' <<<"$out")" "0 $on  1" 'revision by revision'
my_drop work

# --- it ends early ----------------------------------------------------------------------------

for point in durability-record:after durability-defer:after shadow-swap:before shadow-swap:after durability-restore:before \
    durability-flush:before durability-forget:before; do
    my_copy first work
    AIRSHIFT_TEST_KILL_AT=$point migrate work --mode detached --defer-durability
    is "$code $(remembered)" '137 airshift_durability' "$point: killed"
    case $point in
    durability-defer:* | shadow-swap:* | durability-restore:*) is "$(settings)" "$off" "$point: durability is deferred" ;;
    esac
    my_url work >"$work/url"
    like "$("$airshift" status --url-file "$work/url" 2>&1)" 'durability is deferred' "$point: status tells"
    if [ "$point" = durability-defer:after ]; then
        # A server that was started again has its own settings, but for the redo log.
        my_shutdown
        my_restart log-bin=binlog gtid-mode=ON enforce-gtid-consistency=ON innodb-flush-log-at-trx-commit=1 sync-binlog=7
        is "$(settings)" '1 7 OFF' 'the server is started again'
    fi
    if [ "$point" = shadow-swap:before ]; then
        migrate work --mode detached --discard
        is "$code $(settings) $(remembered)" "0 $on " "$point: --discard restores durability"
    fi
    migrate work --mode detached
    is "$code $(revision work)" '0 405de8318b3a' "$point: the next run goes on, without the option"
    is "$(settings) $(remembered)" "$on " "$point: durability is restored"
    my_drop work
done

# --- who may not -------------------------------------------------------------------------------

refused() { # user reason
    printf 'mysql://%s:x@127.0.0.1:%s/first' "$1" "$MYT_PORT" >"$work/url"
    out=$("$airshift" migrate --url-file "$work/url" --to 2.7.3 --mode detached --defer-durability --progress none 2>&1)
    code=$?
    like "$code ${out//$'\n'/ }" "^9 .*durability cannot be deferred: $2.*Nothing was changed" "refused: $2"
    is "$(settings) $(remembered) $(revision first)" "$on  c804e5c76e3e" "refused, and nothing was changed: $2"
}

my_sql mysql -e "CREATE USER some IDENTIFIED BY 'x'; GRANT ALL ON \`first%\`.* TO some; GRANT SELECT ON performance_schema.* TO some;
    CREATE USER more IDENTIFIED BY 'x'; GRANT ALL ON \`first%\`.* TO more; GRANT SELECT ON performance_schema.* TO more;
    GRANT SYSTEM_VARIABLES_ADMIN, RELOAD, PROCESS ON *.* TO more; GRANT ALL ON airshift_durability.* TO more"
refused some "user 'some'@'%' has not the privilege SYSTEM_VARIABLES_ADMIN"
printf 'mysql://more:x@127.0.0.1:%s/first' "$MYT_PORT" >"$work/url"
AIRSHIFT_TEST_KILL_AT=durability-defer:after "$airshift" migrate --url-file "$work/url" --to 2.7.3 --mode detached --defer-durability --progress none >"$work/out" 2>&1
is "$(settings)" '2 0 ON' 'who may not turn the redo log off defers the rest'
"$airshift" migrate --url-file "$work/url" --to 2.7.3 --mode detached --defer-durability --progress none >"$work/out" 2>&1
is "$? $(settings) $(remembered) $(grep -c 'the machine of this server fails' "$work/out")" "0 $on  1" 'and it is restored'
finish_tests
