#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# rehearse_mysql.t - airshift rehearse on a real MySQL, as rehearse.t has it, and the runbook that
# follows from it: the copies, what is never changed, verdicts, reports, kills. The real Airflow
# beside it is in tests/oracle/mysql_rehearse.sh. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin rehearse
trap 'exec 9>&-; my_test_end' EXIT
my_start log-bin=log || exit 1

sql() { my_sql "$1" --default-character-set=utf8mb4 -e "SET time_zone = '+00:00', cte_max_recursion_depth = 100000; $2" | tr '\t' '|'; }
# rehearse DATABASE REPORT [ARG ...]: output on one line in $out, exit code in $status.
rehearse() {
    my_url "$1" >"$work/url"
    out=$(timeout 180 "$airshift" rehearse --url-file "$work/url" --to 3.3.2 --report "$work/$2" --progress none "${@:3}" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
picture() { myt_dump --no-data --triggers "$1" && my_rows "$1"; }
databases() { sql mysql "SELECT group_concat(schema_name ORDER BY 1 SEPARATOR ' ') FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')"; }
json() { jq -r "$2" "$work/$1/rehearsal.json"; }
numbers() { echo "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)"; }

my_create clone
my_url clone >"$work/url"
"$airshift" migrate --url-file "$work/url" --to 2.11.2 --progress none >/dev/null 2>&1
sql clone "INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    $(numbers 2000) SELECT n, 'd', '2024-01-01' + INTERVAL n HOUR, concat('r', n), 'manual', 0, 100 FROM n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT concat('t', k.n), 'd', run_id, -1, 'success', 'default_pool', 1, 1, 0 FROM dag_run, (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) AS k;
CREATE TABLE \`<script>&\"\` AS $(numbers 20000) SELECT n FROM n"
is $? 0 'a database at 2.11.2'
picture clone >"$work/clone.sql"
my_copy clone production
sql production "INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT concat(task_id, 'm', n), dag_id, run_id, -1, 'success', 'default_pool', 1, 1, 0 FROM task_instance, ($(numbers 4) SELECT n FROM n) AS k"
for database in clone production; do sql "$database" 'ANALYZE TABLE task_instance, dag_run' >/dev/null; done
all=$(databases)

for mode in detached in-place; do
    rehearse clone "$mode" --mode "$mode" --way-back
    like "$status $out" '^0 .*passed +migration: from [0-9.-]*2\.11[0-9.]* to 3\.3\.2.* checks, 0 differences.*go: ' "a rehearsal, $mode"
    is "$(find "$work/$mode" -type f | sed 's|.*/||' | sort | paste -sd' ') $(databases)" "rehearsal.html rehearsal.json $all" 'the copy is removed, and so are backup and restored copy'
    is "$(json "$mode" '[.way_back.backup_seconds > 0, .way_back.backup_bytes > 1e4, .way_back.restore_seconds > 0] | all')" true 'JSON: the way back'
    is "$(picture clone | diff "$work/clone.sql" - | head -n 3)" '' 'the clone is as it was'
    is "$(json "$mode" '[.go, .mode, .to, .verify_differences, .stepwise, .log, (.server | startswith("MySQL "))] | map(tostring) | join(" ")')" \
        "true $mode 3.3.2 0 true binary log true" 'JSON: the result'
    is "$(json "$mode" '[.migration.seconds > 0, .migration.wal_bytes > 1e6, .migration.disk_peak_bytes > .migration.database_bytes_before,
        (.migration.samples | length) >= 2, .forecast.factor == 1, .forecast.disk_bytes > 1e5] | all')" true 'JSON: time, binary log and disk'
    html=$work/$mode/rehearsal.html
    is "$(grep -c '<svg' "$html") $(grep -c '</svg>' "$html") $(grep -ciE 'nan|inf[" ,]' "$html") $(grep -c 'WAL' "$html")" '2 2 0 0' 'HTML: two pictures'
    like "$(tr -d '\n' <"$html")" '<h2>Disk and binary log</h2>.*' 'HTML: the binary log'
    is "$(grep -c '<script' "$html") $(grep -q '&lt;script&gt;&amp;&quot;' "$html" && echo escaped)" '0 escaped' 'HTML: names are escaped'
done
is "$(json detached '[.migration.phases[] | select(.table == "task_instance" and .phase == "copy") | .rows] | @text')" '[10000]' 'detached: rows of a phase'
# Revision by revision where it must be: here the server would let writers come before an exchange.
my_sql mysql -e 'SET GLOBAL max_write_lock_count = 1'
rehearse clone revisions --mode in-place --way-back
my_sql mysql -e 'SET GLOBAL max_write_lock_count = DEFAULT'
is "$(json revisions '[.migration.phases[] | select(.phase == "revision" and .to_seconds >= .from_seconds) | .table] | [length > 50, (index("29ce7909c52b") != null)] | all')" true \
    'revision by revision: the time of each'
is "$(json revisions '.forecast.in_place_writers_wait_seconds == .forecast.migrate_seconds')" true 'and nobody works until the end'
is "$(json in-place '[.migration.phases[] | select(.table == "task_instance" and .phase == "copy") | .rows] | @text')" '[10000]' 'in place: rows of a phase'
is "$(json in-place '.forecast | [.in_place_writers_wait_seconds > .migrate_seconds / 4, .in_place_readers_wait_seconds < .in_place_writers_wait_seconds] | all')" true \
    'in place writers wait, and readers do not'
is "$(json in-place '[.migration.locks[] | select(.table == "task_instance")] | length')" 1 'JSON: locks'

my_url production >"$work/production"
rehearse clone sized --production-file "$work/production" --mode detached --workers 1
is "$status $(json sized '[.mode, .workers, (.forecast.factor > 1.5 and .forecast.factor < 8), (.forecast.migrate_seconds > .migration.seconds)]
    | map(tostring) | join(" ")')" '0 detached 1 true true' 'the forecast is for production'
rehearse clone tight --window 0 --mode detached
is "$status $(json tight '[.go, (.checks[] | select(.passed | not) | .name)] | map(tostring) | join(" ")')" '13 false outage' \
    'no go: the window is too small'

# The page for the day says what can be taken back, and what cannot.
declare -A given_up=([detached]='1 2 0' [in-place]='0 2 0' [revisions]='0 0 1')
for mode in detached in-place revisions; do
    "$airshift" runbook --rehearsal "$work/$mode" --url-file /etc/db.url --restored-url-file /etc/restored.url --backups /backup >"$work/day.md" 2>"$work/err"
    is "$? $(cat "$work/err")" '0 ' "a runbook, $mode"
    is "$(grep -c 'airshift migrate.*--mode detached' "$work/day.md") $(grep -c 'migrate.*--discard' "$work/day.md") $(grep -c 'between two versions' "$work/day.md")" \
        "${given_up[$mode]}" "how it is given up, $mode"
    like "$(tr '\n' ' ' <"$work/day.md")" 'airshift backup --url-file /etc/db.url --to /backup/day.*airshift restore --url-file /etc/restored.url --from /backup/day' 'with backup and restore'
done

# A row that cannot be migrated is a finding, not a failure of the rehearsal.
my_copy clone bad
all=$(databases)
sql bad "INSERT INTO xcom (dag_run_id, task_id, map_index, \`key\`, dag_id, run_id, value, timestamp) VALUES (2, 't1', -1, 'bad', 'd', 'r2', x'ff', now())"
picture bad >"$work/bad.sql"
rehearse bad refused --mode detached
like "$status $(json refused '.go, .migration.error' | paste -sd' ')" '^13 false .*xcom' 'no go: a bad row'
is "$(picture bad | diff "$work/bad.sql" - | head -n 3) $(databases)" " $all" 'and nothing is changed, nothing left'

# Beside another program, a stand-in for the real Airflow here.
cat >"$work/airflow" <<SH
#!/bin/sh
test "\$*" = 'db migrate' || exit 9
echo "on \$AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" | sed 's/:airflow[^@]*@/@/'
'$airshift' migrate --to 3.3.2 --mode detached --progress none || exit 1
eval "\$SPOIL"
SH
chmod +x "$work/airflow"
rehearse clone beside --mode detached --against-airflow "$work/airflow"
like "$status $out" '^0 .*beside Airflow: the real migration took .* every table has as many rows' 'beside Airflow'
is "$(databases)" "$all" 'both copies are removed'
grep -q 'mysql+mysqldb://.*clone_airshift_airflow' "$work/beside/airflow.log"
is $? 0 'its messages are kept'
cat >"$work/spoil" <<SH
#!/usr/bin/env bash
$(declare -f myt_command myt_exec)
MYT_HOME='$MYT_HOME' myt_exec bin/mysql --no-defaults --socket='$MYT_DIR/socket' -u root clone_airshift_airflow -e 'DELETE FROM task_instance WHERE task_id = "t3"'
SH
chmod +x "$work/spoil"
export SPOIL="'$work/spoil'"
rehearse clone fewer --mode detached --against-airflow "$work/airflow"
is "$status $(json fewer '.tables_with_other_row_counts | join(" ")')" '13 task_instance' 'no go: other rows than with Airflow'
unset SPOIL

rehearse clone kept --keep --mode detached
is "$status $(sql clone_airshift_rehearsal 'SELECT version_num FROM alembic_version')" '0 d2f4e1b3c5a7' '--keep leaves the copy'
# Killed while it builds beside the copy, and in the middle of a copy.
AIRSHIFT_TEST_KILL_AT=restore:rows rehearse clone killed --way-back --mode detached
is "$status $(ls "$work/killed")" '137 backup' 'killed on the way back'
my_url clone >"$work/url"
"$airshift" rehearse --url-file "$work/url" --to 3.3.2 --report "$work/killed" --mode detached --progress none >/dev/null 2>&1 &
pid=$!
until [ "$(sql mysql "SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'clone_airshift_rehearsal_airshift_new'")" = 1 ]; do
    kill -0 "$pid" 2>/dev/null || break
done
kill -KILL "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
is "$? $(databases | grep -c clone_airshift_rehearsal_airshift_new)" '137 1' 'killed while new tables are made'
rehearse clone killed --way-back --mode detached
is "$status $(databases)" "0 $all" 'the next rehearsal begins afresh'
is "$(picture clone | diff "$work/clone.sql" - | head -n 3)" '' 'the clone is as it was'

# Refusals.
mkfifo "$work/hold"
my_sql clone <"$work/hold" >/dev/null 2>&1 &
holder=$!
exec 9>"$work/hold"
echo 'SELECT 1;' >&9
until [ "$(sql mysql "SELECT count(*) FROM information_schema.processlist WHERE db = 'clone'")" = 1 ]; do kill -0 "$holder" || break; done
rehearse clone busy --mode detached
like "$status $out" '^5 .*being accessed by other users: connection [0-9]+ of root.*clone of production, never production' 'a database that is in use'
exec 9>&-
wait "$holder"
sql mysql "CREATE USER owner; GRANT ALL ON bad.* TO owner; GRANT SELECT ON performance_schema.* TO owner; GRANT PROCESS ON *.* TO owner"
out=$("$airshift" rehearse --url "mysql://owner@127.0.0.1:$MYT_PORT/bad" --to 3.3.2 --report "$work/role" 2>&1)
like "$? ${out//$'\n'/ }" '^[45] .*denied.*may create databases' 'a user that may not copy'
is "$(databases)" "$all" 'nothing is left'
finish_tests
