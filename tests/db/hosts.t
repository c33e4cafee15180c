#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# hosts.t - URLs of several PostgreSQL servers: all sessions and child programs of a command are
# on the one that libpq takes first, also when it would take another later; a switch wants blue
# named alone. The first host is a standby. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin hosts
standby() { # action
    pgt_as "$PGT_BIN/pg_ctl" -D "$work/standby/data" -w -t 60 -l "$work/standby/log" -o "-p $STANDBY_PORT" "$@" >/dev/null 2>&1
}
end() {
    standby -m immediate stop
    pg_test_end
}
trap end EXIT
unset PGPASSWORD PGHOST PGSERVICE PGTARGETSESSIONATTRS AIRFLOW__DATABASE__SQL_ALCHEMY_CONN

# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1
PRIMARY_PORT=$PGT_PORT
STANDBY_PORT=$(free_ports 1)
pg_create airflow
"$airshift" migrate --url "$(pg_url airflow)" --to 2.11.2 --progress none >"$work/made" 2>&1
is $? 0 'a database of Airflow 2.11.2' || cat "$work/made"
pg_psql airflow -c "INSERT INTO dag_run (dag_id, run_id, execution_date, run_type, state, clear_number, external_trigger)
    SELECT 'dag', 'run' || n, timestamptz '2024-01-01' + n * interval '1 hour', 'manual', 'success', 0, true
    FROM generate_series(1, 1000) n"
chmod 755 "$work"
mkdir -m 700 "$work/standby"
[ "$(id -u)" -ne 0 ] || chown "${PGT_USER:-postgres}" "$work/standby"
(cd / && pgt_as "$PGT_BIN/pg_basebackup" -D "$work/standby/data" -R -X stream -c fast -h 127.0.0.1 -p "$PRIMARY_PORT" -U postgres) \
    >"$work/copy" 2>&1 && standby start
is $? 0 'a standby' || cat "$work/copy"

both="postgresql://postgres@127.0.0.1:$STANDBY_PORT,127.0.0.1:$PRIMARY_PORT/airflow"
writing="$both?target_session_attrs=read-write"

on() { # URL COMMAND [ARG ...]: stdout and stderr in $out, the exit code in $code
    out=$(timeout 120 "$airshift" "$2" --url "$1" "${@:3}" 2>&1)
    code=$?
}

# --- the first one that writes ----------------------------------------------------------

on "$writing" check --to 2.11.2
is "$code $out" '0 at 2.11.2 (5f2621c13b39)' 'check'
on "$writing" backup --to "$work/backup" --workers 3
is "$code" 0 'a backup: pg_dump and all sessions are on one server' || echo "$out"
like "$out" "127.0.0.1:$PRIMARY_PORT is taken" 'which is said'
on "$writing" rehearse --to 3.3.2 --report "$work/rehearsal"
is "$code" 0 'a rehearsal: so are the copies' || echo "$out" | tail -3
mkdir "$work/service"
printf '[two]\nhost=127.0.0.1,127.0.0.1\nport=%s,%s\ndbname=airflow\nuser=postgres\ntarget_session_attrs=read-write\n' \
    "$STANDBY_PORT" "$PRIMARY_PORT" >"$work/service/file"
PGSERVICEFILE="$work/service/file" on 'postgresql:///?service=two' backup --to "$work/backup2"
is "$code" 0 'two servers in a service file' || echo "$out"
like "$out" "^127.0.0.1:$PRIMARY_PORT/airflow: " 'the one that is taken is named'

# --- the first one is a standby ---------------------------------------------------------

on "$both" plan --to 3.3.2
is "$code" 0 'a standby can be read' || echo "$out"
on "$both" migrate --to 3.3.2
like "$code" '^[1-9]' 'but not migrated'
like "$out" "^error: .*standby" 'and it says that it is a standby'
on "$writing" check --to 2.11.2
is "$code" 0 'nothing was changed'

# --- another server comes first while a command works ------------------------------------

# Sessions that begin from now on are read only on the primary: libpq would go on to the other one.
pg_create other
other="postgresql://postgres@127.0.0.1:$PRIMARY_PORT,127.0.0.1:$STANDBY_PORT/airflow?target_session_attrs=read-write"
mkfifo "$work/lock.sql"
pg_psql airflow -At -f "$work/lock.sql" >"$work/lock.out" 2>&1 &
exec 5>"$work/lock.sql"
echo "BEGIN; LOCK TABLE dag_run IN ACCESS EXCLUSIVE MODE; SELECT 'locked';" >&5
await 10 grep -q locked "$work/lock.out"
timeout 120 "$airshift" migrate --url "$other" --to 3.3.2 --lock-wait 60 >"$work/out" 2>&1 5>&- &
pid=$!
waits() { [ "$(pg_psql airflow -At -c "SELECT count(*) FROM pg_locks WHERE NOT granted")" -ge 1 ]; }
await 20 waits
is $? 0 'a migration waits for a lock'
standby promote
standbys_open() { [ "$("$PGT_BIN/psql" -XAt -h 127.0.0.1 -p "$STANDBY_PORT" -U postgres -d airflow -c 'SELECT pg_is_in_recovery()')" = f ]; }
await 20 standbys_open
pg_psql airflow -c 'ALTER DATABASE airflow SET default_transaction_read_only = on'
exec 5>&-
wait "$pid"
code=$?
like "$code $(cat "$work/out")" '^4 ' 'sessions that come later do not go to another server'
like "$(tr '\n' ' ' <"$work/out")" 'session is read-only.* hint: target_session_attrs' 'but end with what stands in the way'
is "$("$PGT_BIN/psql" -XAt -h 127.0.0.1 -p "$STANDBY_PORT" -U postgres -d airflow -c "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'), version_num FROM alembic_version")" \
    '0|5f2621c13b39' 'where nothing is done'
pg_psql airflow -c 'SET default_transaction_read_only = off' -c 'ALTER DATABASE airflow RESET default_transaction_read_only'
on "$other" migrate --to 3.3.2
is "$code" 0 'the same command goes on' || echo "$out"
is "$(pg_psql airflow -At -c 'SELECT version_num FROM alembic_version')" d2f4e1b3c5a7 'where it was'

# --- a switch ---------------------------------------------------------------------------

for url in "$both" "postgresql://postgres@127.0.0.1:$PRIMARY_PORT/airflow?target_session_attrs=read-write"; do
    printf '[blue]\nurl = %s\n[green]\ndata_directory = %s/green\nport = 1\n[airflow]\nto = 3.3.2\n[repoint]\nhook = /bin/true\n[switch]\nstate_directory = %s/state\n' \
        "$url" "$work" "$work" >"$work/switch.conf" && chmod 600 "$work/switch.conf"
    out=$(timeout 60 "$airshift" switch start --config "$work/switch.conf" 2>&1)
    code=$?
    is "$code" 3 'a switch refuses what is not one server'
    like "$out" 'Name blue alone' 'and says what to do'
done

finish_tests
