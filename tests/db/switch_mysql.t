#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_mysql.t - the quiesced replica switch with real MySQL servers: there and back again,
# refused, failed and resumed, aborted.
# shellcheck disable=SC2015,SC2012
set -u
# shellcheck source=tests/db/switch_mysql_lib.sh
. "${srcdir:-.}/tests/db/switch_mysql_lib.sh"
begin_switch_mysql_tests

no_secret() { # description, of everything airshift left behind
    is "$(grep -rlF -e "$ADMIN_PASSWORD" -e "$ADMIN_PASSWORD_URL" -e "$CLIENT_PASSWORD" -e "$FERNET_KEY" \
        "$base/state" "$base"/*-airshift "$base/out" "$base/dry" "$base"/green/mysql.ibd 2>/dev/null | grep -v -e '/clients.blue$')" '' "$1"
}


# --- refused before anything is changed -------------------------------------------------

refused "s/^port = $GREEN_PORT/port = $BLUE_PORT/" 3 'Address already in use' 'a port in use'
refused "s#^bin_directory.*#bin_directory = $base/state#" 3 'mysqld' 'no server programs'
printf 'mysql://client:%s@127.0.0.1:%s/airflow\n' "$CLIENT_PASSWORD_URL" "$BLUE_PORT" >"$base/client.url"
refused "s#^url_file.*#url_file = $base/client.url#" 3 'lacks .*CONNECTION_ADMIN' 'a user who may not fence'
refused 's#^\[repoint\]#&\nhosts = yes#' 3 'do not look for the server that writes' 'clients with several hosts'
my_sql mysql -e 'UNINSTALL PLUGIN clone'
refused 's/a/a/' 7 'INSTALL PLUGIN clone' 'a master without the CLONE plugin'
my_sql mysql -e "INSTALL PLUGIN clone SONAME 'mysql_clone.so'; SET GLOBAL binlog_format = 'MIXED'"
refused 's/a/a/' 7 'binlog_format = MIXED' 'statements in the log'
my_sql mysql -e "SET GLOBAL binlog_format = 'ROW'; SET PERSIST read_only = ON"
refused 's/a/a/' 7 'fenced already' 'a fence of somebody else'
my_sql mysql -e "SET PERSIST read_only = OFF"
open_session lock "SELECT GET_LOCK('airflow_MIGRATIONS', 1), 'locked';" locked
refused 's/a/a/' 6 'migration of blue is running' 'a migration that runs'
exec 4>&-
wait $!
is "$(state)" configured 'state after refusals'
[ ! -e "$base/green" ] && ok 'no directory was made' || not_ok 'no directory was made'

# --- a dry run shows what would be done -------------------------------------------------

rm -rf "$base/state"
before=$(contents "$BLUE_PORT")
tool start --dry-run >"$base/dry" 2>&1
is $? 0 'start --dry-run'
for statement in 'here +copy blue into .*/green,' 'blue +SET SESSION lock_wait_timeout = 5; SET PERSIST offline_mode = ON; SET PERSIST super_read_only = ON;' \
    'blue +KILL' 'spare +STOP REPLICA SQL_THREAD;' 'green +STOP REPLICA IO_THREAD;' 'green +RESET REPLICA ALL;' \
    'here +run airshift migrate --mode detached --to 3.3.2 on mysql://airflow@localhost/airflow' \
    'here +run airshift verify --to 3.3.2 --against mysql://airflow@localhost/airflow\?unix_socket=.*spare-airshift/mysql.sock on mysql://airflow@localhost/airflow\?unix_socket=.*green'; do
    like "$(cat "$base/dry")" "$statement" "a dry run shows: $statement"
done
no_secret 'a dry run shows no password'
is "$(is_writable "$BLUE_PORT" && contents "$BLUE_PORT")" "$before" 'a dry run changes nothing'
[ ! -e "$base/state" ] && [ ! -e "$base/green" ] && ok 'and makes nothing' || not_ok 'and makes nothing'

# --- provisioned ahead of time ----------------------------------------------------------

tool start --until provisioned >"$base/out" 2>&1
is $? 0 'start --until provisioned'
is "$(state)" provisioned 'state provisioned'
like "$(client "$BLUE_PORT" "INSERT INTO variable (\`key\`, val) VALUES ('meanwhile', 'x'); SELECT 'written'")" \
    written 'blue serves meanwhile'
port_is_free "$GREEN_PORT" && ok 'green is private' || not_ok 'green is private'
is "$(stat -c %a "$base/green-airshift")" 700 'only its owner reaches the private socket'
is "$(private green "$GREEN_PORT" "SELECT user_name, user_password FROM mysql.slave_master_info" | tr -d '\t')" '' \
    'no user and no password in the replica'"'"'s tables'
like "$(private green "$GREEN_PORT" "INSERT INTO variable (\`key\`) VALUES ('not here')")" super-read-only 'green is read only'

# --- what would stop the migration is found before the fence ------------------------------

my_sql mysql -e 'CREATE VIEW airflow.of_somebody AS SELECT execution_date FROM airflow.dag_run'
tool start >"$base/out" 2>&1
is "$? $(state)" '7 provisioned' 'a view in the way: nothing is fenced'
like "$(cat "$base/out")" 'cannot be migrated as it is: .*of_somebody' 'and it is named'
is_writable "$BLUE_PORT" && ok 'blue serves on' || not_ok 'blue serves on'
my_sql mysql -e 'DROP VIEW airflow.of_somebody'

# --- fence, drain, detach, migrate, verify ----------------------------------------------

# A writer that is slow, but ends: it is waited for and must not be lost.
client "$BLUE_PORT" "BEGIN; INSERT INTO variable (\`key\`, val) VALUES ('slow', 'y'); SELECT sleep(2); COMMIT" >"$base/slow.out" 2>&1 &
slow=$!
# One that is idle: it is ended.
open_session idle "BEGIN; INSERT INTO variable (\`key\`, val) VALUES ('never', 'z'); SELECT 'open';" open
idle=$!
writers() { admin "$BLUE_PORT" "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0"; }
both_write() { [ "$(writers)" = 2 ]; }
await 10 both_write

STAND_IN_MIGRATE_FAILS=1 tool start >"$base/out" 2>&1
is $? 5 'a failed migration has its own exit code'
wait "$slow"
is $? 0 'the slow writer could end'
exec 4>&-
wait "$idle"
is "$(state)" detached 'state after a failed migration'
like "$(tool status)" 'next +abort, resume' 'status says what can be done'
like "$(client "$BLUE_PORT" 'SELECT 1')" 'offline mode' 'blue is fenced'
like "$(admin "$BLUE_PORT" 'DELETE FROM variable')" 'super-read-only' 'the second fence stops even an administrator'
before=$(contents "$BLUE_PORT")

tool resume --until restored >"$base/out" 2>&1
is $? 0 'resume goes on with the migration'
is "$(state)" restored 'state restored'
# Rows are damaged before green is verified.
private green "$GREEN_PORT" "CREATE TABLE kept AS SELECT * FROM dag_run WHERE id = 77; UPDATE variable SET val = '' WHERE \`key\` = 'k1'; DELETE FROM dag_run WHERE id = 77"
tool resume >"$base/out" 2>&1
is "$? $(state)" '7 restored' 'a damaged green is not verified'
like "$(cat "$base/out")" '^different: variable id=1: val$' 'the changed row is named'
like "$(cat "$base/out")" '^different: dag_run id=77 is missing$' 'and so is the lost one'
like "$(client "$BLUE_PORT" 'SELECT 1')" 'offline mode' 'blue stays fenced'
private green "$GREEN_PORT" "UPDATE variable SET val = 'v' WHERE \`key\` = 'k1';
    INSERT INTO dag_run SELECT * FROM kept; DROP TABLE kept"
tool resume >"$base/out" 2>&1
is $? 0 'once that is put right, resume goes on'
like "$(cat "$base/out")" 'rows compared' 'with every row'
is "$(state)" verified 'state verified'
is "$(contents "$BLUE_PORT")" "$before" 'blue is unchanged'
is "$(private green "$GREEN_PORT" "SELECT group_concat(\`key\` ORDER BY \`key\` SEPARATOR ' ') FROM variable")" \
    'k1 k2 k3 meanwhile slow' 'green has what was committed and nothing else'
is "$(private green "$GREEN_PORT" 'SELECT version_num FROM alembic_version; SELECT count(run_after) FROM dag_run' | tr '\n' ' ')" \
    "d2f4e1b3c5a7 500 " 'green is migrated'
port_is_free "$GREEN_PORT" && ok 'green is still private' || not_ok 'green is still private'
is "$(private green "$GREEN_PORT" 'SELECT @@log_bin, @@super_read_only, @@innodb_flush_log_at_trx_commit, @@innodb_redo_log_capacity' | tr '\t' ' ')" \
    '1 0 2 67108864' 'its settings are its own'
is "$(private green "$GREEN_PORT" 'SELECT count(*) FROM performance_schema.replication_connection_configuration')" 0 'green follows nobody'
is "$(private spare "$SPARE_PORT" "SELECT (SELECT service_state FROM performance_schema.replication_applier_status), version_num FROM alembic_version" | tr '\t' ' ')" \
    'OFF c804e5c76e3e' 'spare holds the old state'
no_secret 'no password in journal, logs, options and messages'

# --- cutover ----------------------------------------------------------------------------

t0=$(now_ms)
tool cutover >"$base/out" 2>&1
is $? 0 'cutover'
ok "cutover took $(($(now_ms) - t0)) ms"
is "$(state)" switched 'state switched'
like "$(grep CONN= "$base/clients.env")" "^AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=\"mysql\+mysqldb://client:$CLIENT_PASSWORD_URL@127.0.0.1:$GREEN_PORT/airflow\"$" \
    'the connection file names green'
is "$(client "$GREEN_PORT" "INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('new', 'a\\\\b\tc', 0); SELECT 'written'")" \
    written 'clients write on green'
client "$GREEN_PORT" "UPDATE variable SET val = 'changed' WHERE \`key\` IN ('k1', 'k2')" >/dev/null
client "$GREEN_PORT" "DELETE FROM variable WHERE \`key\` = 'k3'" >/dev/null
client "$GREEN_PORT" "BEGIN; INSERT INTO variable (\`key\`) VALUES ('not this'); ROLLBACK" >/dev/null
like "$(client "$BLUE_PORT" 'SELECT 1')" 'offline mode' 'blue is still fenced'
is "$(pgrep -f -c -- "airshift-phase=.*$base/green")" 0 'green runs without any setting of airshift'
tool abort >"$base/out" 2>&1
is $? 7 'no abort after the point of no return'
# A master that crashes behind its fence does not come back as a second one.
my_select "$BLUE_DIR"
my_kill
my_restart "${BLUE_SETTINGS[@]}"
like "$(client "$BLUE_PORT" 'SELECT 1')" 'offline mode' 'and after a crash'
like "$(admin "$BLUE_PORT" 'DELETE FROM variable')" 'super-read-only' 'by both fences'

# --- rollback ---------------------------------------------------------------------------

t0=$(now_ms)
tool rollback >"$base/out" 2>&1
is $? 0 'rollback'
took=$(($(now_ms) - t0))
[ "$took" -lt 2000 ] && ok "rollback took $took ms" || not_ok "rollback took $took ms"
is "$(state)" rolled_back 'state rolled_back'
like "$(cat "$base/out")" '^3 rows of 1 tables' 'it says how many rows are archived'
like "$(cat "$base/out")" '^1 rows deleted' 'and how many were deleted'
is "$(zstd -qdc "$base/state/green-rows.sql.zst" | grep -c "'new'\|'changed'")" 3 'the archive has them'
is "$(contents "$BLUE_PORT")" "$before" 'blue is as it was'
is "$(client "$BLUE_PORT" "INSERT INTO variable (\`key\`) VALUES ('again'); SELECT 'written'")" written 'blue serves'
is "$(admin "$BLUE_PORT" "SELECT variable_name, variable_value FROM performance_schema.persisted_variables" | tr '\t' ' ')" \
    'read_only OFF' 'what was persisted is what it was'
like "$(client "$GREEN_PORT" 'SELECT 1')" 'offline mode' 'green is fenced'
is "$(grep CONN= "$base/clients.env")" "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=\"$(client_url "$BLUE_PORT")\"" \
    'the connection file names blue'
tool finish >"$base/out" 2>&1
is $? 0 'finish'
rm -rf "$base/state.first" && mv "$base/state" "$base/state.first"

# --- a writer who must not be ended, and one behind the fence -----------------------------

cp "$base/switch.conf" "$base/switch.keep"
sed -i -e 's/^long_transaction = .*/long_transaction = 600/; s/^drain = .*/drain = 1/' \
    -e "s#^state_dir.*#&\nend_writers = no#" -e '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf"
# Airshift itself comes through blue's socket; a replica cannot.
printf 'mysql://%s:%s@localhost/airflow?unix_socket=%s' "$MYT_USER" "$ADMIN_PASSWORD_URL" "$BLUE_DIR/socket" >"$base/blue.url"
open_session kept "BEGIN; INSERT INTO variable (\`key\`, val) VALUES ('kept', ''); SELECT 'open';" open
kept=$!
tool start >"$base/out" 2>&1
is "$? $(state)" '10 unfenced' 'end_writers = no: a writer stops the fence'
echo "COMMIT; SELECT 'done';" >&4
await 10 grep -q "done" "$base/kept.out" && ok 'and can go on' || not_ok 'and can go on' "$(cat "$base/kept.out")"
exec 4>&-
wait "$kept"
tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'another try with the same replica'
is "$(private green "$GREEN_PORT" "SELECT count(*) FROM variable WHERE \`key\` = 'kept'")" 1 'green has what was written between the tries'
admin "$BLUE_PORT" "SET GLOBAL super_read_only = OFF; INSERT INTO variable (\`key\`, val) VALUES ('behind', ''); SET GLOBAL super_read_only = ON" >/dev/null
tool cutover >"$base/out" 2>&1
is "$? $(state)" '7 verified' 'a write behind the fence stops the cutover'
like "$(cat "$base/out")" '[1-9][0-9]* (transactions|bytes of its log) were written on blue' 'and is told'
tool abort >"$base/out" 2>&1
is "$? $(state)" '0 aborted' 'abort'
is "$(client "$BLUE_PORT" "SELECT group_concat(\`key\` ORDER BY id) FROM variable WHERE \`key\` IN ('kept', 'behind')")" kept,behind \
    'blue serves with all its rows'

blue_url >"$base/blue.url"

# --- TLS all the way --------------------------------------------------------------------

rm -rf "$base/state"
my_sql mysql -e "ALTER USER $MYT_USER REQUIRE SSL; SET GLOBAL require_secure_transport = ON"
tool start --until provisioned >"$base/out" 2>&1
like "$? $(cat "$base/out")" '^4 .*Access denied' 'a master that wants TLS refuses a URL without'
printf '%s?ssl_mode=VERIFY_CA&ssl_ca=%s' "$(blue_url)" "$BLUE_DIR/data/ca.pem" >"$base/blue.url"
tool start --until provisioned >"$base/out" 2>&1
is "$? $(state)" '0 provisioned' 'with TLS: provisioned'
is "$(my_sql mysql -e "SELECT connection_type FROM performance_schema.threads WHERE processlist_command LIKE 'Binlog Dump%'")" \
    SSL/TLS 'the replica follows with TLS'
tool start >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'with TLS: verified'
tool cutover >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'with TLS: cutover'
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'with TLS: rollback'
tool finish >"$base/out" 2>&1
is "$? $(state)" '0 finished' 'with TLS: finish'
cp "$base/switch.keep" "$base/switch.conf"

is "$(ls -d "$base"/green* "$base"/spare* 2>/dev/null)" '' 'nothing of the replicas is left'
no_secret 'no password at the end'
finish_tests
