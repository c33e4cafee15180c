#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# preflight.t - airshift preflight: a page without red or yellow, and each light made to change
# for real: settings, transactions, locks, roles, replicas, slots, the archive, the disk,
# Airflow's heartbeats, a catalog that is no revision's. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin preflight
mounted=
pooler=
trap 'exec 9>&-; stop_pooler; pg_stop_all; [ -z "$mounted" ] || umount "$mounted"; pg_test_end' EXIT
stop_pooler() {
    [ -z "$pooler" ] || kill -9 "$(cat "$pooler")" 2>/dev/null
    pooler=
}
settings=(max_prepared_transactions=2 wal_level=logical archive_mode=on archive_command=true fsync=on full_page_writes=on
    max_wal_senders=10 max_replication_slots=10)
pg_start "${settings[@]}" || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
quiet() { PGOPTIONS='-c client_min_messages=warning' pg_psql "$1" -q -c "$2"; }
# preflight DATABASE [ARG ...]: the findings, one a line, in $out; the exit status in $status.
preflight() {
    local database=$1
    shift
    out=$(timeout 60 "$airshift" preflight --url "${url:-$(pg_url "$database")}" --json "$@" 2>"$work/error" >"$work/page"
        echo $?)
    status=$out
    out=$(jq -r '.findings[] | "\(.light) \(.topic): \(.text) | \(.advice // "")"' "$work/page" 2>&1; cat "$work/error")
}
# What is red or yellow, by topic.
lights() { grep -vE '^green ' <<<"$out" | cut -d: -f1 | sort -u | paste -sd,; }
loaded() { sql postgres 'SELECT pg_conf_load_time()'; }
is_loaded() { [ "$(loaded)" != "$1" ]; }
setting() { # setting SQL: changes the configuration and waits until new sessions have it
    local before

    before=$(loaded)
    quiet postgres "$1"
    quiet postgres 'SELECT pg_reload_conf()' >/dev/null
    await 20 is_loaded "$before"
}

pg_create empty
preflight empty
is "$status $(lights)" '0 ' 'an empty database is ready'
like "$out" 'green plan: from an empty database to 3\.3' 'and is filled'
pg_create two
"$airshift" migrate --url "$(pg_url two)" --to 2.11.2 --progress none >/dev/null 2>&1
quiet two "INSERT INTO job (state, job_type, latest_heartbeat, start_date, hostname) SELECT 'running', t, now(), now() - '1 day'::interval, 'host-' || t
    FROM unnest(ARRAY['SchedulerJob', 'TriggererJob', 'DagProcessorJob', 'LocalTaskJob']) t"
fresh() { quiet two "UPDATE job SET latest_heartbeat = now()"; }
preflight two --to 3.3.2
is "$status $(lights)" '0 ' 'a database in order is ready'
for line in 'plan: from 2\.10\.3-2\.11.* to 3\.3\.2: [0-9]+ tables rewritten' 'server: PostgreSQL 1[0-9]\.[0-9]+, no known bug' \
    'time zone: UTC' 'timeouts: no statement' 'writable:' 'WAL: wal_level is logical' 'durability:' 'autovacuum:' \
    'replication: this is a master, and nobody' 'slots: 0 of 10 WAL senders, 0 of 10' 'archive: WAL is archived' \
    'transactions:' 'locks: nobody' 'connections: [0-9]+ connections are left' 'privileges: the role postgres may' \
    'extensions: none' 'Airflow: DagProcessor: 1 alive, [0-9]+ s ago, Scheduler: 1 alive, .*Triggerer: 1 alive' \
    'revision: the tables are those of 5f2621c13b39' 'disk: [0-9]+ MiB are needed, log included, [0-9]+ MiB are free'; do
    like "$out" "^green $line" "green: ${line%%:*}"
done
like "$(jq -r '.light, .plan.from, .plan.to, (.plan.disk_bytes > 0), (.plan.tables | map(select(.table == "task_instance"))[0].action)' "$work/page" |
    paste -sd' ')" '^green 2\.10\.3-2\.11\S* 3\.3\.2 true rewritten$' 'JSON has the plan'
"$airshift" preflight --url "$(pg_url two)" >"$work/page" 2>&1
is $? 0 'text'
like "$(cat "$work/page")" '^task_instance +rewritten ' 'with the tables'
like "$(tail -n 1 "$work/page")" '^0 red, 0 yellow, [0-9]+ green: ready$' 'and a verdict'
unlike "$(cat "$work/page")" $'\033' 'without colours where it is no terminal'
is "$(awk 'length > 120' "$work/page" | wc -l)" 0 'in lines that can be read'

# --- settings ---
quiet postgres "ALTER DATABASE two SET timezone = 'Europe/Berlin'"
preflight two
is "$status $(lights)" '13 red time zone' "the database's time zone is not UTC"
like "$out" 'red time zone: .*Europe/Berlin.*ALTER DATABASE two SET timezone' 'and it says what to do'
"$airshift" preflight --url "$(pg_url two)" >"$work/page" 2>&1
is "$? $(sed -n '3s/ .*//p' "$work/page") $(tail -n 1 "$work/page" | cut -d, -f1)" '13 red 1 red' 'red comes first in the text'
quiet postgres "ALTER DATABASE two SET timezone = 'Etc/UTC'"
preflight two
is "$status $(lights)" '0 ' 'UTC by another name is UTC'
quiet postgres 'ALTER DATABASE two RESET timezone'
setting "ALTER SYSTEM SET timezone = 'America/New_York'"
preflight two
is "$status $(lights)" '13 red time zone' "nor is the server's"
setting 'ALTER SYSTEM RESET timezone'
quiet postgres "CREATE ROLE other LOGIN; ALTER ROLE other SET timezone = 'Asia/Tokyo'; ALTER ROLE other IN DATABASE two SET statement_timeout = '5min'"
preflight two
is "$status $(lights)" '0 yellow time zone,yellow timeouts' 'what another role has is yellow'
like "$out" 'yellow timeouts: other has statement_timeout = 5min' 'with its name'
preflight empty
is "$status $(lights)" '0 yellow time zone' 'only where it is so'
quiet postgres 'ALTER ROLE other RESET timezone; ALTER ROLE other IN DATABASE two RESET statement_timeout'
for name in statement_timeout lock_timeout idle_in_transaction_session_timeout idle_session_timeout; do
    quiet postgres "ALTER DATABASE two SET $name = '1h'"
    preflight two
    is "$status $(lights)" '0 yellow timeouts' "$name"
    like "$out" "yellow timeouts: $name is 3600000 ms" 'with its value'
    quiet postgres "ALTER DATABASE two RESET $name"
done
quiet postgres 'ALTER DATABASE two SET default_transaction_read_only = on'
preflight two
is "$status $(lights)" '13 red writable' 'read only'
PGOPTIONS='-c default_transaction_read_only=off' pg_psql postgres -c 'ALTER DATABASE two RESET default_transaction_read_only'
setting 'ALTER SYSTEM SET fsync = off'
setting 'ALTER SYSTEM SET autovacuum = off'
preflight two
is "$status $(lights)" '0 yellow autovacuum,yellow durability' 'fsync and autovacuum'
setting 'ALTER SYSTEM RESET fsync'
setting 'ALTER SYSTEM RESET autovacuum'

# --- minor releases, which this server has one of ---
release() { # release NUMBER: what the statement says of it
    { printf 'PREPARE page(text) AS\n%s\nEXECUTE page(%s);\n' "$(cat sql/server/postgres/preflight_server.sql)" "'$1'"; } |
        pg_psql postgres -At -F' ' -f - 2>&1
}
like "$(release 140003)" '^server red PostgreSQL 14\.3: CREATE INDEX CONCURRENTLY' '14.3'
unlike "$(release 140004)" 'CONCURRENTLY' '14.4'
like "$(release 170001)" '^server yellow PostgreSQL 17\.1: extensions built for another' '17.1'
like "$(release 150016)" '^server yellow PostgreSQL 15\.16: a standby can stop' '15.16'
like "$(release 160009)" '^server yellow PostgreSQL 16\.9: what its pg_dump writes' '16.9'
like "$(release 990001)" '^server yellow PostgreSQL 99\.1: airshift does not know' '99.1'
is "$(release 180003)" 'server green PostgreSQL 18.3, no known bug of it matters here ' '18.3'

# --- transactions and locks ---
exec 9> >(pg_psql two -At >"$work/session" 2>&1)
said() { grep -q "$1" "$work/session" 2>/dev/null; }
echo "SET application_name = 'sleeper'; BEGIN; SELECT 'begun ' || count(*) FROM task_instance;" >&9
await 20 said begun
old() { sql two "SELECT clock_timestamp() - xact_start > '$1 s' FROM pg_stat_activity WHERE application_name = 'sleeper'" | grep -q t; }
preflight two
is "$status $(lights)" '0 ' 'an open transaction that is young'
await 20 old 1
fresh
preflight two --long-transaction 10
is "$status $(lights)" '0 yellow transactions' 'a tenth of too old is yellow'
preflight two --long-transaction 1
is "$status $(lights)" '13 red transactions' 'too old is red'
like "$out" 'red transactions: session [0-9]+ of postgres \(sleeper, idle in transaction\) .*pg_terminate_backend\([0-9]+\)' 'with the session'
echo "LOCK TABLE dag_run IN SHARE MODE; SELECT 'locked';" >&9
await 20 said locked
preflight two
is "$status $(lights)" '0 yellow locks' 'a lock on a table'
like "$out" 'yellow locks: .*sleeper.* holds ShareLock on dag_run' 'which and whose'
echo "COMMIT; SELECT pg_advisory_lock(1), 'advised';" >&9
await 20 said advised
preflight two
is "$status $(lights)" '13 red locks' "Airflow's migration lock"
like "$out" "red locks: .*sleeper.* has Airflow's migration lock" 'and who has it'
echo "SELECT pg_advisory_unlock_all(); BEGIN; INSERT INTO slot_pool (id, pool, slots, include_deferred) VALUES (99, 'p', 1, false);
    PREPARE TRANSACTION 'left'; SELECT 'prepared';" >&9
await 20 said '^prepared'
preflight two
is "$status $(lights)" '13 red transactions,yellow left over' 'a prepared transaction'
quiet two "ROLLBACK PREPARED 'left'"
exec 9>&-
quiet postgres 'ALTER DATABASE two CONNECTION LIMIT 3; ALTER ROLE other SUPERUSER; ALTER ROLE other NOSUPERUSER; GRANT postgres TO other'
url="postgresql://other@127.0.0.1:$PGT_PORT/two" preflight two --workers 4
like "$status $(lights)" '^13 .*red connections' 'too few connections'
like "$out" 'red connections: 3 connections are left, 6 are needed' 'how many'
quiet postgres 'ALTER DATABASE two CONNECTION LIMIT -1; REVOKE postgres FROM other'

if [ -x /usr/sbin/pgbouncer ]; then
    pooler_port=$(free_ports 1)
    pgt_as tee "$PGT_DIR/pooler.ini" >/dev/null <<END
[databases]
two = host=127.0.0.1 port=$PGT_PORT user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir =
auth_type = any
pool_mode = session
logfile = $PGT_DIR/pooler.log
pidfile = $PGT_DIR/pooler.pid
END
    pooler=$PGT_DIR/pooler.pid
    (cd / && pgt_as /usr/sbin/pgbouncer -q -d "$PGT_DIR/pooler.ini")
    pooled() { sql two 'SELECT 1' >/dev/null && "$PGT_BIN/psql" -XAtq -h 127.0.0.1 -p "$pooler_port" -U postgres -d two -c 'SELECT 1' >/dev/null 2>&1; }
    await 20 pooled
    url="postgresql://postgres@127.0.0.1:$pooler_port/two" preflight two
    is "$status $(lights)" '13 red connections' 'a PgBouncer in between'
    like "$out" 'red connections: a pooler is between' 'and it says so'
    stop_pooler
else
    skip 'a pooler' 'no pgbouncer'
fi

# --- the role ---
url="postgresql://other@127.0.0.1:$PGT_PORT/two" preflight two
like "$status $(lights)" '^13 .*red privileges' 'a role that may nothing'
like "$out" 'red privileges: the role other does not own [0-9]+ of .*GRANT postgres TO other' 'does not own the tables'
like "$out" 'red privileges: the role other may not make a schema.*GRANT CREATE ON DATABASE two TO other' 'may make no schema'
like "$out" 'yellow privileges: .*does not see.*GRANT pg_monitor TO other' 'sees nobody'
like "$out" 'red plan: permission denied' 'and cannot even plan'
quiet two 'GRANT pg_read_all_data TO other'
url="postgresql://other@127.0.0.1:$PGT_PORT/two" preflight two
like "$status $(lights)" '^13 .*red privileges' 'a role that may read'
unlike "$out" 'red plan' 'can plan'
like "$out" 'yellow disk: [0-9]+ MiB are needed, .* cannot be seen' 'but does not see the disk'
quiet two 'CREATE ROLE airflow LOGIN; GRANT CREATE ON DATABASE two TO airflow; GRANT ALL ON SCHEMA public TO airflow; GRANT pg_monitor TO airflow'
pg_psql two -At -c "SELECT format('ALTER TABLE %I OWNER TO airflow;', tablename) FROM pg_tables WHERE schemaname = 'public'" | pg_psql two -f -
url="postgresql://airflow@127.0.0.1:$PGT_PORT/two" preflight two
is "$status $(lights)" '0 ' 'a role that has what it needs, and no more'

# --- extensions, event triggers, publications ---
quiet two "CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watcher ON ddl_command_end EXECUTE FUNCTION nothing()"
preflight two
is "$status $(lights)" '0 yellow extensions' 'an event trigger'
quiet two 'DROP EVENT TRIGGER watcher; CREATE PUBLICATION all_of_it FOR ALL TABLES'
preflight two
is "$status $(lights)" '0 yellow extensions' 'a publication'
quiet two 'DROP PUBLICATION all_of_it'

# --- Airflow ---
quiet two "UPDATE job SET latest_heartbeat = now() - '2 minutes'::interval WHERE job_type IN ('SchedulerJob', 'LocalTaskJob')"
preflight two
is "$status $(lights)" '13 red Airflow' 'a scheduler without a heartbeat'
like "$out" 'red Airflow: Scheduler: 1 without a sign of life .*\(on host-SchedulerJob\), 0 alive' 'which'
quiet two "INSERT INTO job (state, job_type, latest_heartbeat) VALUES ('running', 'SchedulerJob', now())"
preflight two
is "$status $(lights)" '0 yellow Airflow' 'another one lives'
quiet two "UPDATE job SET latest_heartbeat = now() - '2 days'::interval WHERE job_type = 'SchedulerJob'"
preflight two
is "$status $(lights)" '0 yellow Airflow' 'left over for days'
quiet two "UPDATE job SET state = 'success'"
preflight two
is "$status $(lights)" '0 ' 'Airflow is stopped'
like "$out" 'green Airflow: no scheduler runs' 'and it says so'

# --- what the doctor and the plan find ---
quiet two 'CREATE TABLE mine () INHERITS (dag_run)'
preflight two
is "$status $(lights)" '13 red plan' 'what the plan refuses'
like "$out" 'red plan: .*dag_run' 'and why'
quiet two 'DROP TABLE mine; ALTER TABLE dag_run DROP COLUMN updated_at'
preflight two
is "$status $(lights)" '0 yellow revision' 'a column of Airflow'"'"'s is missing'
like "$out" 'yellow revision: not as Airflow makes it: .*dag_run' 'which'
quiet two 'ALTER TABLE dag_run ADD COLUMN updated_at timestamptz'
quiet two "UPDATE alembic_version SET version_num = 'd482b7261ff9'"
preflight two
like "$status $(lights)" '^13 .*red revision' 'a wrong revision'
quiet two "UPDATE alembic_version SET version_num = 'bogus'"
preflight two
like "$status $(lights)" '^13 .*red plan' 'an unknown revision'
quiet two "UPDATE alembic_version SET version_num = '5f2621c13b39'"
preflight two --to 2.6.3
like "$status $(lights)" '^13 .*red plan' 'a target that is older'
quiet two 'CREATE TABLE kept (id integer); CREATE SCHEMA airshift_new'
preflight two
is "$status $(lights)" '0 yellow left over' 'something is left over'
quiet two 'DROP TABLE kept; DROP SCHEMA airshift_new'

# --- replicas, slots, the archive ---
quiet two "SELECT pg_create_physical_replication_slot('nobody', true)" >/dev/null
preflight two
is "$status $(lights)" '0 yellow slots' 'a slot that nobody reads from'
like "$out" "yellow slots: slot nobody: .* keeps .*pg_drop_replication_slot\('nobody'\)" 'which'
quiet two "SELECT pg_drop_replication_slot('nobody'), pg_create_logical_replication_slot('feed', 'pgoutput')" >/dev/null
preflight two
like "$out" "yellow slots: logical slot feed: its reader does not see a migration .*A switch does not take the slot along" 'a logical slot'
quiet two "SELECT pg_drop_replication_slot('feed')" >/dev/null
setting "ALTER SYSTEM SET synchronous_standby_names = 'standby'"
preflight two
is "$status $(lights)" '13 red replication' 'a synchronous standby that is not there'
setting 'ALTER SYSTEM RESET synchronous_standby_names'
setting "ALTER SYSTEM SET archive_command = 'false'"
quiet postgres "SELECT pg_switch_wal()" >/dev/null
failing() { [ "$(sql postgres 'SELECT failed_count > 0 FROM pg_stat_archiver')" = t ]; }
await 60 failing
preflight two
is "$status $(lights)" '13 red archive' 'an archive that fails'
setting 'ALTER SYSTEM RESET archive_command'
working() { [ "$(sql postgres 'SELECT last_archived_time > last_failed_time FROM pg_stat_archiver')" = t ]; }
await 90 working
preflight two
is "$status $(lights)" '0 ' 'and works again'

replica=$PGT_DIR/replica
replica_port=$(free_ports 1)
(cd / && pgt_as "$PGT_BIN/pg_basebackup" -h "$PGT_DIR" -p "$PGT_PORT" -U postgres -D "$replica" -R -X stream -c fast) &&
    (cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$replica" -w -s -l "$PGT_DIR/replica.log" -o "-p $replica_port" start) >/dev/null
is $? 0 'a replica'
streams() { [ "$(sql postgres "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")" = 1 ]; }
await 30 streams
preflight two
is "$status $(lights)" '0 ' 'that streams'
like "$out" 'green replication: 1 replicas stream' 'and is counted'
on_replica() { pg_psql two -p "$replica_port" -At -c "$1"; }
on_replica 'SELECT pg_wal_replay_pause()' >/dev/null
lags() { quiet two 'UPDATE job SET start_date = now()'; sql two "SELECT coalesce(max(replay_lag) > '$1 s', false) FROM pg_stat_replication" | grep -q t; }
await 60 lags 1.2
preflight two --long-transaction 1
is "$status $(lights)" '13 red replication' 'that lags'
url="postgresql://postgres@127.0.0.1:$replica_port/two" preflight two
like "$status $(lights)" '^13 .*red replication' 'the replica itself'
like "$out" 'red replication: this server is a replica' 'can be changed by nobody'
(cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$replica" -w -s -m immediate stop) >/dev/null

# --- nothing is changed, and a server that is gone ---
is "$(sql two "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'")" 0 'nothing is left of all these looks'
pg_drop empty
preflight empty
like "$status $out" '^4 .*"empty" does not exist' 'no database is an error'

# --- a disk that is too small ---
small=$(mktemp -d "$work/small.XXXX")
if mount -t tmpfs -o size=260m,mode=777 tmpfs "$small" 2>/dev/null; then
    mounted=$small
    chmod 755 "$work"
    TMPDIR=$small pg_start wal_level=minimal max_wal_senders=0 max_wal_size=64MB || exit 1
    pg_create two
    "$airshift" migrate --url "$(pg_url two)" --to 2.11.2 --progress none >/dev/null 2>&1
    preflight two
    is "$status $(lights)" '0 yellow WAL,yellow disk,yellow durability,yellow slots' 'a small disk is yellow, so is wal_level = minimal'
    pg_psql two -q <<'SQL'
SET session_replication_role = replica;
ALTER TABLE task_instance ALTER executor_config SET STORAGE EXTERNAL;
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, pool, pool_slots, executor_config)
    SELECT 'd', 't' || n, 'r', -1, 'p', 1, decode(repeat(md5(n::text), 2048), 'hex') FROM generate_series(1, 2400) n;
VACUUM ANALYZE task_instance;
SQL
    preflight two
    like "$status $(lights)" '^13 .*red disk' 'what does not fit is red'
    like "$out" 'red disk: [0-9]+ MiB are needed, log included, [0-9]+ MiB are free' 'in numbers'
    pg_stop
else
    skip 'a small disk' 'no tmpfs can be mounted here'
fi
finish_tests
