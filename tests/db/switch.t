#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch.t - the quiesced replica switch with real servers: there and back again, refused,
# failed and resumed, aborted, and with a server that airshift did not make.
# shellcheck disable=SC2015,SC2012
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
begin_switch_tests

no_secret() { # description, of everything airshift left behind
    local found

    found=$(grep -rlF -e "$ADMIN_PASSWORD" -e "$ADMIN_PASSWORD_URL" -e "$CLIENT_PASSWORD" -e geheimer \
        "$base/state" "$base"/*-airshift "$base/green/postgresql.auto.conf" \
        "$base/green/postmaster.opts" "$base/out" 2>/dev/null |
        grep -v -e '/clients.blue$')
    # A password file holds the password in its own spelling.
    is "$(printf '%s\n' "$found" | grep -v '/passfile$')" '' "$1"
}

# --- refused before anything is changed -------------------------------------------------

tool status >"$base/out" 2>&1
is $? 7 'status of a switch that has not begun'

refused 's/^port = .*/port = x/' 3 'port must be' 'a port that is no number'
refused "s/^port = $GREEN_PORT/port = $BLUE_PORT/" 3 'Address already in use' 'a port in use'
refused "s#^data_directory = $base/green#data_directory = $base/blue#" 7 'another server|not empty' \
    'a directory in use'
refused "s#^hook = .*#hook = /nowhere/hook#" 3 'No such file' 'a hook that is not there'
refused "s#^file = .*#file = $base/migrate#" 3 'holds no URL' 'a connection file without a URL'
refused "s#^bin_directory.*#bin_directory = $base#" 3 'postgres' 'no server programs'
printf 'postgresql://airflow:%s@127.0.0.1:%s/airflow\n' "$CLIENT_PASSWORD" "$BLUE_PORT" \
    >"$base/client.url"
refused "s#^url_file.*#url_file = $base/client.url#" 3 'no superuser' 'a role that may not fence'

open_session lock 'SELECT pg_advisory_lock(1); SELECT 42;' 42
refused 's/a/a/' 6 'migration of blue is running' 'a migration that runs'
exec 4>&-
wait $!
is "$(admin "$BLUE_PORT" 'SELECT count(*) FROM pg_replication_slots')" 0 'no slot was made'
is "$(state)" configured 'state after refusals'
[ ! -e "$base/green" ] && ok 'no directory was made' || not_ok 'no directory was made'

# --- provisioned ahead of time ----------------------------------------------------------

tool start --until provisioned >"$base/out" 2>&1
is $? 0 'start --until provisioned'
is "$(state)" provisioned 'state provisioned'
like "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('meanwhile') RETURNING 'written'")" \
    written 'blue serves meanwhile'
port_is_free "$GREEN_PORT" && ok 'green is private' || not_ok 'green is private'
is "$(stat -c %a "$base/green-airshift")" 700 'only its owner reaches the private socket'
is "$(admin "$BLUE_PORT" "SELECT count(*) FROM pg_replication_slots WHERE active")" 2 'both replicas stream'
is "$(private green "$GREEN_PORT" "SHOW primary_conninfo" | grep -c password)" 0 \
    'no password in the replica settings'

# --- what would stop the migration is found before the fence ------------------------------

STAND_IN_PLAN='{"fatal": false, "text": "a note"}, {"fatal": true, "text": "a view of yours", "hint": "Drop it."}' \
    tool start >"$base/out" 2>&1
is "$? $(state)" '7 provisioned' 'a plan with something in the way: nothing is fenced'
like "$(cat "$base/out")" 'cannot be migrated as it is: a view of yours' 'which is named'
is "$(paste -sd ' ' "$base/plan.arguments")" 'plan --to 3.3.2 --format json' 'the plan is for the target'
is_writable "$BLUE_PORT" && ok 'blue serves on' || not_ok 'blue serves on'

# --- fence, drain, detach, migrate, verify ----------------------------------------------

# A writer that is slow, but ends: it is waited for and must not be lost.
PGPASSWORD=$CLIENT_PASSWORD "$bin/psql" -XAtq -h 127.0.0.1 -p "$BLUE_PORT" -U airflow -d airflow \
    -c "BEGIN; INSERT INTO dag_run (dag_id) VALUES ('slow'); SELECT pg_sleep(2); COMMIT" \
    >"$base/slow.out" 2>&1 &
slow=$!
# One that is idle: it is ended.
open_session idle "SELECT 'here'; BEGIN; INSERT INTO dag_run (dag_id) VALUES ('never'); SELECT 'open';" open
both_write() {
    [ "$(admin "$BLUE_PORT" "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND usename = 'airflow'")" = 2 ]
}
await 10 both_write

STAND_IN_MIGRATE_FAILS=1 tool start >"$base/out" 2>&1
is $? 5 'a failed migration has its own exit code'
wait "$slow"
is $? 0 'the slow writer could end'
exec 4>&-
wait
is "$(state)" detached 'state after a failed migration'
like "$(tool status)" 'next +abort, resume' 'status says what can be done'
like "$(client "$BLUE_PORT" 'SELECT 1')" 'too many connections' 'blue is fenced'
like "$(PGPASSWORD=$ADMIN_PASSWORD "$bin/psql" -XAtq -h 127.0.0.1 -p "$BLUE_PORT" -U admin -d airflow \
    -c "DELETE FROM dag_run" 2>&1)" 'read-only' 'the second fence stops even a superuser'
before=$(contents "$BLUE_PORT")

tool resume >"$base/out" 2>&1
is $? 0 'resume goes on with the migration'
is "$(state)" verified 'state verified'
is "$(contents "$BLUE_PORT")" "$before" 'blue is unchanged'
is "$(private green "$GREEN_PORT" "SELECT string_agg(dag_id, ' ' ORDER BY dag_id) FROM dag_run WHERE dag_id !~ '^dag_'")" \
    'meanwhile slow' 'green has what was committed and nothing else'
is "$(private green "$GREEN_PORT" 'SELECT count(*) FROM dag_run WHERE run_after IS NOT DISTINCT FROM state')" 1002 \
    'green is migrated'
port_is_free "$GREEN_PORT" && ok 'green is still private' || not_ok 'green is still private'
is "$(cat "$base/green/settings.seen")" \
    'archive_mode=off autovacuum=off fsync=off full_page_writes=off listen_addresses= max_wal_senders=0 synchronous_commit=off wal_level=minimal' \
    'durability was deferred for the migration'
is "$(private green "$GREEN_PORT" "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'wal_level', 'autovacuum', 'synchronous_commit')")" \
    'on on on on replica' 'durability is restored'
is "$(private green "$GREEN_PORT" 'SELECT timeline_id FROM pg_control_checkpoint()')" 2 'green has its own timeline'
is "$(private spare "$SPARE_PORT" "SELECT pg_is_in_recovery() || pg_is_wal_replay_paused()::text")" truetrue \
    'spare holds the old state'
is "$(sed -n '/--to/{n;p}' "$base/migrate.arguments")" 3.3.2 'the migration got its target'
is "$(cut -d ' ' -f 1 "$base/migrate.key")" "$(printf 'geheimer-fernet-key=' | md5sum | cut -d ' ' -f 1)" \
    'the migration got the Fernet key, through its environment'
no_secret 'no password in journal, logs, options and messages'

# --- cutover ----------------------------------------------------------------------------

t0=$(now_ms)
tool cutover >"$base/out" 2>&1
is $? 0 'cutover'
took=$(($(now_ms) - t0))
[ "$took" -lt 2000 ] && ok "cutover took $took ms" || not_ok "cutover took $took ms"
is "$(state)" switched 'state switched'
like "$(grep CONN= "$base/clients.env")" "^AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=\"postgresql\+psycopg2://airflow:$CLIENT_PASSWORD@127.0.0.1:$GREEN_PORT/airflow\"$" \
    'the connection file names green'
is "$(grep -v CONN= "$base/clients.env" | tr '\n' ' ')" '# of the tests AIRFLOW__CORE__EXECUTOR=LocalExecutor AFTER=this ' \
    'its other lines are kept'
is "$(stat -c %a "$base/clients.env")" 600 'the connection file is private'
like "$(tr '\n' ' ' <"$base/hook.seen")" "AIRSHIFT_EVENT=cutover .*AIRSHIFT_PORT=$GREEN_PORT .*AIRSHIFT_TARGET=green .*argument one argument two" \
    'the hook was told'
is "$(grep -c "$CLIENT_PASSWORD" "$base/hook.seen")" 0 'the hook was told no password'
is "$(client "$GREEN_PORT" "INSERT INTO dag_run (dag_id, state) SELECT 'new', E'a\\\\b\tc' FROM generate_series(1, 7) RETURNING 'written'" | sort -u)" \
    written 'clients write on green'
client "$GREEN_PORT" "UPDATE xcom SET note = 'changed' WHERE key IN ('k1', 'k2')" >/dev/null
client "$GREEN_PORT" "DELETE FROM xcom WHERE key = 'k3'" >/dev/null
client "$GREEN_PORT" "BEGIN; INSERT INTO dag_run (dag_id) VALUES ('not this'); ROLLBACK" >/dev/null
like "$(client "$BLUE_PORT" 'SELECT 1')" 'too many connections' 'blue is still fenced'
is "$(grep -c airshift.phase "$base/green/postmaster.opts")" 0 'green runs without any setting of airshift'
tool abort >"$base/out" 2>&1
is $? 7 'no abort after the point of no return'
no_secret 'no password after the cutover'

# --- rollback ---------------------------------------------------------------------------

t0=$(now_ms)
tool rollback >"$base/out" 2>&1
is $? 0 'rollback'
took=$(($(now_ms) - t0))
[ "$took" -lt 2000 ] && ok "rollback took $took ms" || not_ok "rollback took $took ms"
is "$(state)" rolled_back 'state rolled_back'
like "$(cat "$base/out")" '^9 rows of 2 tables' 'it says how many rows are archived'
like "$(cat "$base/out")" '^  public.dag_run 7, public.xcom 2$' 'and of which tables'
# Before PostgreSQL 15 the server's counters may miss some, and are not asked.
if [ "$(admin "$BLUE_PORT" 'SHOW server_version_num')" -ge 150000 ]; then
    like "$(cat "$base/out")" '^1 rows deleted' 'and how many were deleted'
else
    like "$(cat "$base/out")" '^how many rows were deleted on green is not known$' 'and that deleted ones are not counted'
fi
is "$(contents "$BLUE_PORT")" "$before" 'blue is as it was'
is "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('again') RETURNING 'written'")" written 'blue serves'
is "$(admin "$BLUE_PORT" "SELECT datconnlimit FROM pg_database WHERE datname = 'airflow'")" 17 \
    'the connection limit is what it was'
like "$(client "$GREEN_PORT" 'SELECT 1')" 'too many connections' 'green is fenced'
is "$(grep CONN= "$base/clients.env")" "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=\"$(client_url "$BLUE_PORT")\"" \
    'the connection file names blue'
admin "$GREEN_PORT" 'CREATE SCHEMA back; CREATE TABLE back.dag_run (LIKE public.dag_run); CREATE TABLE back.xcom (LIKE public.xcom)' >/dev/null
zstd -qdc "$base/state/green-rows.sql.zst" | sed 's/^COPY public/COPY back/' |
    PGPASSWORD=$ADMIN_PASSWORD PGOPTIONS='-c default_transaction_read_only=off' "$bin/psql" -Xq -h 127.0.0.1 \
        -p "$GREEN_PORT" -U admin -d airflow -v ON_ERROR_STOP=1 >"$base/restore.out" 2>&1
is "$(cat "$base/restore.out")" '' 'the archive can be loaded'
is "$(admin "$GREEN_PORT" "SELECT (SELECT count(*) FROM (SELECT * FROM back.dag_run INTERSECT SELECT * FROM public.dag_run WHERE dag_id = 'new') a) || ' ' || (SELECT count(*) FROM (SELECT * FROM back.xcom INTERSECT SELECT * FROM public.xcom WHERE note = 'changed') b)")" \
    '7 2' 'and holds the rows as they were on green'
tool finish >"$base/out" 2>&1
is $? 0 'finish'
is "$(admin "$BLUE_PORT" 'SELECT count(*) FROM pg_replication_slots')" 0 'no slot is left'
is "$(ls -d "$base"/green* "$base"/spare* 2>/dev/null)" '' 'nothing of the replicas is left'
is "$(ls "$base/state" | tr '\n' ' ')" 'changes.mark child.lock green-rows.sql.zst journal lock watchdog.log ' 'the journal and the archive stay'
no_secret 'no password at the end'

# --- failures lift the fence, abort undoes ----------------------------------------------

rm -rf "$base/state"
client "$BLUE_PORT" "DELETE FROM dag_run WHERE dag_id = 'again'" >/dev/null

# From here on blue keeps its configuration elsewhere, as Debian does.
as_server "$bin/pg_ctl" -D "$base/blue" -m fast -w stop >/dev/null
as_server mkdir "$base/etc"
for file in postgresql.conf pg_hba.conf pg_ident.conf; do
    as_server mv "$base/blue/$file" "$base/etc/$file"
done
printf "data_directory = '%s'\nhba_file = '%s'\nident_file = '%s'\nexternal_pid_file = '%s'\nwork_mem = '5MB'\n" \
    "$base/blue" "$base/etc/pg_hba.conf" "$base/etc/pg_ident.conf" "$base/blue.pid" \
    >>"$base/etc/postgresql.conf"
as_server "$bin/pg_ctl" -D "$base/etc" -w -l "$base/blue.log" start >/dev/null

cp "$base/switch.conf" "$base/switch.keep"
sed -i -e 's/^writers = .*/writers = 1/' -e 's/^long_transaction = .*/long_transaction = 0.1/' -e "s#^state_dir.*#&\nend_writers = no#" "$base/switch.conf"
open_session idle2 "BEGIN; INSERT INTO dag_run (dag_id) VALUES ('kept'); SELECT 'open';" open
tool start >"$base/out" 2>&1
is "$? $(state)" '10 provisioned' 'end_writers = no: a writer stops the switch before anything is frozen'
like "$(cat "$base/out")" 'pid [0-9]+ \(user airflow' 'and is named'
sed -i 's/^long_transaction = .*/long_transaction = 600/; s/^drain = .*/drain = 1/' "$base/switch.conf"
tool start >"$base/out" 2>&1
is "$? $(state)" '10 unfenced' 'nor is it ended behind the fence, which is lifted'
echo "COMMIT; SELECT 'done';" >&4
await 10 grep -q "done" "$base/idle2.out" && ok 'and can go on' || not_ok 'and can go on'
exec 4>&-
wait
cp "$base/switch.keep" "$base/switch.conf"
is "$(private green "$GREEN_PORT" 'SHOW work_mem')" 5MB 'green has the settings of a master configured elsewhere'
is "$(private green "$GREEN_PORT" 'SHOW external_pid_file')" '' 'but none of its files'
private green "$GREEN_PORT" 'SELECT pg_wal_replay_pause()' >/dev/null
cp "$base/switch.conf" "$base/switch.keep"
sed -i 's/^catch_up = .*/catch_up = 1/' "$base/switch.conf"
tool start >"$base/out" 2>&1
is $? 10 'a replica that lags: exit code'
cp "$base/switch.keep" "$base/switch.conf"
is "$(state)" unfenced 'a replica that lags: the fence is lifted'
is "$(client "$BLUE_PORT" "INSERT INTO dag_run (dag_id) VALUES ('between') RETURNING 'written'")" written \
    'blue serves after the failed try'
private green "$GREEN_PORT" 'SELECT pg_wal_replay_resume()' >/dev/null
tool start >"$base/out" 2>&1
is $? 0 'another try with the same replicas'
is "$(private green "$GREEN_PORT" "SELECT count(*) FROM dag_run WHERE dag_id = 'between'")" 1 \
    'green has what was written between the tries'
is "$(private spare "$SPARE_PORT" "SELECT pg_is_wal_replay_paused()")" t 'spare is paused again'

# A superuser writes behind the fence: green would lose it.
admin "$BLUE_PORT" "BEGIN READ WRITE; INSERT INTO dag_run (dag_id) VALUES ('behind'); COMMIT" >/dev/null
tool cutover >"$base/out" 2>&1
is $? 7 'a write behind the fence stops the cutover'
like "$(cat "$base/out")" '1 rows were written on blue' 'and is told'
is "$(state)" verified 'nothing has moved'
t0=$(now_ms)
tool abort >"$base/out" 2>&1
is $? 0 'abort'
ok "abort took $(($(now_ms) - t0)) ms"
is "$(state)" aborted 'state aborted'
is "$(client "$BLUE_PORT" "SELECT string_agg(dag_id, ' ' ORDER BY id) FROM dag_run WHERE dag_id IN ('between', 'behind')")" \
    'between behind' 'blue serves with all its rows'
is "$(admin "$BLUE_PORT" "SELECT (SELECT count(*) FROM pg_replication_slots) || ' ' || datconnlimit || ' ' || (SELECT count(*) FROM pg_db_role_setting) FROM pg_database WHERE datname = 'airflow'")" \
    '0 17 0' 'no slot, limit or setting is left'
is "$(ls -d "$base"/green* "$base"/spare* 2>/dev/null)" '' 'nothing of the replicas is left after the abort'
is "$(grep CONN= "$base/clients.env")" "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=\"$(client_url "$BLUE_PORT")\"" \
    'the connection file was not touched'

# --- Ctrl-C while blue is frozen ---------------------------------------------------------

tool start --until provisioned >"$base/out" 2>&1
is $? 0 'a new switch after an abort'
AIRSHIFT_TEST_RUN_AT=hold.end:after AIRSHIFT_TEST_RUN="$(pausing)" \
    "$SWITCH_TOOL" switch start --config "$base/switch.conf" >"$base/out" 2>&1 &
pid=$!
is_drained() { [ "$(state)" = drained ]; }
await 20 is_drained
kill -INT "$pid" 2>/dev/null || true
# A background job of a script ignores SIGINT; SIGTERM is the same to airshift.
kill -TERM "$pid" 2>/dev/null || true
wait "$pid"
is $? 11 'interrupted while blue is frozen: exit code'
is "$(state)" unfenced 'interrupted while blue is frozen: the fence is lifted'
is "$(client "$BLUE_PORT" 'SELECT 1')" 1 'blue serves after the interruption'
tool abort >"$base/out" 2>&1
is $? 0 'abort after the interruption'

# --- a server that airshift did not make -------------------------------------------------

rm -rf "$base/state"
printf '127.0.0.1:*:*:admin:%s\n' 'adm\:in\\p@ss' >"$base/pass"
chmod 600 "$base/pass"
[ "$(id -u)" -ne 0 ] || chown "$SERVER_USER" "$base/pass"
as_server "$bin/pg_basebackup" -D "$base/adopted" -R -X stream --checkpoint=fast -w \
    -d "host=127.0.0.1 port=$BLUE_PORT user=admin passfile=$base/pass" 2>&1
as_server mkdir "$base/etc-adopted"
printf "data_directory = '%s'\nport = %s\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '%s'\nhba_file = '%s'\nshared_buffers = 16MB\nmax_connections = 30\n" \
    "$base/adopted" "$OTHER_PORT" "$base" "$base/etc/pg_hba.conf" |
    as_server tee "$base/etc-adopted/postgresql.conf" >/dev/null
as_server "$bin/pg_ctl" -D "$base/etc-adopted" -w -l "$base/adopted.log" start >/dev/null
sed -e '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' -e "s#^data_directory = .*#data_directory = $base/adopted#" \
    -e "s#^port = .*#port = $OTHER_PORT\nprovision = adopt\nconfig_file = $base/etc-adopted/postgresql.conf#" "$base/switch.keep" >"$base/switch.conf"
mkdir -p "$base/green" # the stand-in leaves a file there
chmod 777 "$base/green"
tool start >"$base/out" 2>&1
is $? 0 'start with an adopted server' || cat "$base/out"
port_is_free "$OTHER_PORT" && ok 'the adopted server is private while it is migrated' ||
    not_ok 'the adopted server is private while it is migrated'
t0=$(now_ms)
tool cutover >"$base/out" 2>&1
is $? 0 'cutover to an adopted server'
ok "cutover took $(($(now_ms) - t0)) ms"
is "$(client "$OTHER_PORT" "INSERT INTO dag_run (dag_id) VALUES ('adopted') RETURNING run_after IS NULL")" t \
    'clients write on it'
tool finish >"$base/out" 2>&1
is $? 0 'finish with the adopted server as the master'
is "$(state)" finished 'state finished'
is "$(client "$OTHER_PORT" "SELECT count(*) FROM dag_run WHERE dag_id = 'adopted'")" 1 'it goes on serving'
like "$(client "$BLUE_PORT" 'SELECT 1')" 'too many connections' 'blue stays fenced'
tool rollback >"$base/out" 2>&1
is $? 7 'no rollback after finish'
is "$(stat -c %F "$base/adopted/PG_VERSION")" 'regular file' 'the adopted server was not removed'

finish_tests
