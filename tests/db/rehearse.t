#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# rehearse.t - airshift rehearse on databases that airshift made: the copies, what is
# never changed, verdicts, reports, kills. The real Airflow beside it is in
# tests/oracle/rehearse.sh. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin rehearse
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
# rehearse DATABASE REPORT [ARG ...]: output on one line in $out, exit code in $status.
rehearse() {
    local database=$1 report=$2
    shift 2
    out=$(timeout 120 "$airshift" rehearse --url "$(pg_url "$database")" --to 3.3.2 --report "$work/$report" \
        --progress none "$@" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
dump() {
    "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$1" |
        grep -v -e '^--' -e '^.restrict' -e '^.unrestrict' -e '^$'
}
databases() { sql postgres "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"; }
json() { jq -r "$2" "$work/$1/rehearsal.json"; }

pg_create clone
"$airshift" migrate --url "$(pg_url clone)" --to 2.11.2 --progress none >/dev/null 2>&1
pg_psql clone <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100 FROM generate_series(1, 2000) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't' || k, 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 2000) n, generate_series(1, 5) k;
CREATE TABLE "<script>&""" AS SELECT generate_series(1, 20000) AS n;
SQL
is $? 0 'a database at 2.11.2'
dump clone >"$work/clone.sql"
pg_create production clone
pg_psql production <<'SQL'
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 'more' || k, 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 2000) n, generate_series(1, 20) k;
SQL
all=$(databases)

rehearse clone first
like "$status $out" '^0 .*passed +migration: from [0-9.-]*2\.11[0-9.]* to 3\.3\.2.*1039 checks, 0 differences.*go: ' 'a rehearsal'
is "$(databases)" "$all" 'the copy is removed'
is "$(dump clone | diff "$work/clone.sql" - | head -n 3)" '' 'the clone is as it was'
is "$(stat -c %a "$work/first" "$work/first"/* | paste -sd' ')" '700 600 600' 'nobody else can read the report'
is "$(json first '[.go, .mode, .to, .verify_differences, (.production == null)] | map(tostring) | join(" ")')" \
    'true in-place 3.3.2 0 true' 'JSON: the result'
is "$(json first '[.migration.seconds > 0, .migration.wal_bytes > 1e6, .migration.disk_peak_bytes > .migration.database_bytes_before,
    (.migration.samples | length) >= 2, .forecast.factor == 1, .forecast.disk_bytes > 1e5] | all')" true 'JSON: time, WAL and disk'
is "$(json first '[.migration.phases[] | select(.table == "task_instance" and .phase == "copy") | .rows] | @text')" '[10000]' \
    'JSON: rows of a phase'
is "$(json first '[.migration.locks[] | select(.table == "task_instance")] | length')" 1 'JSON: locks'
html=$work/first/rehearsal.html
is "$(grep -c '<svg' "$html") $(grep -c '</svg>' "$html") $(grep -ciE 'nan|inf[" ,]' "$html") $(grep -cE 'https?://' "$html" | grep -v '^2$')" \
    '2 2 0 ' 'HTML: two pictures, nothing from elsewhere'
is "$(grep -c '<script' "$html") $(grep -q '&lt;script&gt;&amp;&quot;' "$html" && echo escaped)" '0 escaped' 'HTML: names are escaped'
like "$(tr -d '\n' <"$html")" '<span class="go">GO</span>' 'HTML: the verdict'

rehearse clone sized --production "$(pg_url production)" --mode detached --workers 1
is "$status $(json sized '[.mode, .workers, (.forecast.factor > 1.5 and .forecast.factor < 6),
    (.forecast.migrate_seconds > .migration.seconds), .forecast.disk_bytes > .migration.disk_peak_bytes - .migration.database_bytes_before]
    | map(tostring) | join(" ")')" '0 detached 1 true true true' 'the forecast is for production'
is "$(json sized '.tables[] | select(.name == "task_instance") | (.production_bytes / .bytes > 3 and .production_bytes / .bytes < 7)')" true \
    'with its sizes'

rehearse clone tight --window 0
is "$status $(json tight '[.go, (.checks[] | select(.passed | not) | .name)] | map(tostring) | join(" ")')" '13 false outage' \
    'no go: the window is too small'

rehearse clone back --way-back
like "$status $out" '^0 .*passed +way back: a backup takes .* go: ' 'the way back, too'
is "$(json back '[.way_back.backup_seconds > 0, .way_back.backup_bytes > 1e4, .way_back.restore_seconds > 0,
    .forecast.restore_seconds == .way_back.restore_seconds, .forecast.verify_seconds > 0] | all')" true 'JSON: what it takes'
is "$(ls "$work/back" | paste -sd' ') $(databases)" "rehearsal.html rehearsal.json $all" 'backup and restored copy are removed'
like "$(tr -d '\n' <"$work/back/rehearsal.html")" 'its restore, every row compared' 'HTML: what it takes'
rehearse clone tight --way-back --window 0
is "$status $(json tight '[.checks[] | select(.passed | not) | .name] | join(" ")')" '13 outage way back' 'no go: no time for a way back'

# A row that cannot be migrated is a finding, not a failure of the rehearsal.
pg_create bad clone
all=$(databases)
pg_psql bad -c "INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
    VALUES (2, 't1', -1, 'bad', 'd', 'r2', '\\xff', now())"
dump bad >"$work/bad.sql"
rehearse bad refused
like "$status $(json refused '.go, .migration.error' | paste -sd' ')" '^13 false .*xcom' 'no go: a bad row'
like "$(tr -d '\n' <"$work/refused/rehearsal.html")" 'NO GO.*xcom' 'the page says so'
is "$(dump bad | diff "$work/bad.sql" - | head -n 3)" '' 'and nothing is changed'
rehearse bad quarantined --quarantine
is "$status" 0 'go with --quarantine'

# Beside another program, a stand-in for the real Airflow here.
cat >"$work/airflow" <<SH
#!/bin/sh
test "\$*" = 'db migrate' || exit 9
echo "on \$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
'$airshift' migrate --to 3.3.2 --progress none || exit 1
eval "\$SPOIL"
SH
chmod +x "$work/airflow"
rehearse clone beside --against-airflow "$work/airflow"
like "$status $out" '^0 .*beside Airflow: the real migration took .* every table has as many rows' 'beside Airflow'
is "$(databases)" "$all" 'both copies are removed'
is "$(json beside '[.airflow.seconds > 0, (.airflow.locks | length) > 0] | all')" true 'its time and its locks'
grep -q 'clone_airshift_airflow' "$work/beside/airflow.log"
is $? 0 'its messages are kept'
export SPOIL="'$PGT_BIN/psql' -q -h 127.0.0.1 -p $PGT_PORT -U postgres -d clone_airshift_airflow -c 'DELETE FROM task_instance WHERE task_id = \$\$t3\$\$'"
rehearse clone fewer --against-airflow "$work/airflow"
is "$status $(json fewer '.tables_with_other_row_counts | join(" ")')" '13 task_instance' 'no go: other rows than with Airflow'
export SPOIL='exit 3'
rehearse clone failed --against-airflow "$work/airflow"
like "$status $out" '^0 .*beside Airflow: the real migration failed: ' 'go: Airflow itself failed'
unset SPOIL

rehearse clone kept --keep
is "$status $(sql clone_airshift_rehearsal 'SELECT version_num FROM alembic_version')" '0 d2f4e1b3c5a7' '--keep leaves the copy'
rehearse clone again
is "$status $(databases)" "0 $all" 'the next rehearsal removes it'

# Killed and interrupted.
AIRSHIFT_TEST_KILL_AT=swap:before timeout 60 "$airshift" rehearse --url "$(pg_url clone)" --to 3.3.2 --report "$work/killed" \
    --progress none >/dev/null 2>&1
is $? 137 'killed'
AIRSHIFT_TEST_KILL_AT=restore:rows timeout 60 "$airshift" rehearse --url "$(pg_url clone)" --to 3.3.2 --report "$work/killed" \
    --way-back --progress none >/dev/null 2>&1
is "$? $(ls "$work/killed")" '137 backup' 'killed on the way back'
rehearse clone killed --way-back
is "$status $(ls "$work/killed" | paste -sd' ')" '0 rehearsal.html rehearsal.json' 'the next rehearsal begins afresh'
rm -rf "$work/killed"
AIRSHIFT_TEST_KILL_AT=swap:before timeout 60 "$airshift" rehearse --url "$(pg_url clone)" --to 3.3.2 --report "$work/killed" \
    --progress none >/dev/null 2>&1
is $? 137 'killed'
is "$(ls "$work/killed")" '' 'no report'
rehearse clone killed
is "$status $(databases)" "0 $all" 'the next rehearsal begins afresh'
is "$(dump clone | diff "$work/clone.sql" - | head -n 3)" '' 'the clone is as it was'

# Refusals.
exec {session}> >(pg_psql clone >/dev/null 2>&1)
echo "SELECT 1;" >&$session
connected() { [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE datname = 'clone'")" -gt 0 ]; }
await 20 connected
rehearse clone busy
like "$status $out" '^5 .*being accessed by other users.*clone of production, never production' 'a database that is in use'
exec {session}>&-
pg_sessions_gone clone
rehearse clone first --against-airflow "$work/nowhere"
like "$status $out" '^(0|3) ' 'a program that is not there'
sql postgres 'CREATE ROLE owner LOGIN' && sql postgres 'ALTER DATABASE bad OWNER TO owner'
out=$("$airshift" rehearse --url "postgresql://owner@127.0.0.1:$PGT_PORT/bad" --to 3.3.2 --report "$work/role" 2>&1)
like "$? ${out//$'\n'/ }" '^5 .*permission denied to create database.*may create databases' 'a role that may not copy'
out=$("$airshift" rehearse --url "$(pg_url clone)" --to 3.3.2 2>&1)
like "$? $out" '^2 ' 'no directory'
is "$(databases)" "$all" 'nothing is left'
finish_tests
