#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# status.t - what airshift status sees of a migration: none, broken off, held up by somebody
# else's lock, at work, over; once and watching, as text, JSON and metrics. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin status
trap 'exec 9>&- 8>&-; pg_test_end' EXIT
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
status() { "$airshift" status --url "$(pg_url db)" "$@" 2>&1; }
# In the background, its process in $!: watch OUTPUT [ARG ...]
watch() {
    local output=$1
    shift
    "$airshift" status --url "$(pg_url db)" --watch --interval 0.1 "$@" >"$output" 2>&1 &
}
migrate() { "$airshift" migrate --url "$(pg_url db)" --to 3.3.2 --progress none "$@"; }
json() { status --json | jq -r "$1"; }
# Whether the JSON of the next look makes the expression true.
sees() { [ "$(json "$1")" = true ]; }
# Whether the line is in the metrics of the last look.
metric() { grep -qE "^$1\$" "$work/metrics"; }

pg_create db
"$airshift" migrate --url "$(pg_url db)" --to 2.11.2 --progress none >/dev/null 2>&1
pg_psql db <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100 FROM generate_series(1, 4000) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't' || k, 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 4000) n, generate_series(1, 5) k;
ANALYZE;
SQL
is $? 0 'a database at 2.11.2'

is "$(status)" 'no migration is under way' 'no migration'
is "$(json '"\(.phase) \(.at_work) \(.sessions | length)"')" 'none false 0' 'no migration, as JSON'
status --metrics-file "$work/metrics" >"$work/out"
is "$? $(stat -c %a "$work/metrics")" '0 644' 'metrics that node_exporter can read'
metric 'airshift_up 1' && metric 'airshift_migration\{phase="none"\} 1'
is $? 0 'they say that there is no migration'

# Broken off before any work: all is still to do.
AIRSHIFT_TEST_KILL_AT=begin:after migrate >/dev/null 2>&1
is $? 137 'a migration is killed'
like "$(status)" 'nobody works on it: .airshift migrate. goes on from here, .airshift migrate --discard. gives it up' \
    'it says that nobody works'
is "$(json '"\(.phase) \(.at_work) \(.jobs_done) \(.rows_copied)"')" 'build false 0 0' 'the same as JSON'

# The next run works, but its checkpoints wait for a lock of ours.
mkfifo "$work/session"
pg_psql db <"$work/session" >/dev/null 2>&1 &
exec 9>"$work/session"
echo "BEGIN; SET application_name = 'the \"other\"'; LOCK airshift.job_range IN SHARE MODE;" >&9
await 20 eval '[ "$(sql db "SELECT count(*) FROM pg_locks WHERE relation = '\''airshift.job_range'\''::regclass AND mode = '\''ShareLock'\''")" = 1 ]'
is $? 0 'a session holds its checkpoints up'
watch "$work/watch" --metrics-file "$work/metrics"
watcher=$!
watch "$work/watch.json" --json
json_watcher=$!
script -qefc "stty cols 100 rows 30; TERM=xterm '$airshift' status --url '$(pg_url db)' --watch --interval 0.1" "$work/screen" >/dev/null 2>&1 &
screen_watcher=$!
migrate >"$work/migrate" 2>&1 &
migration=$!
await 60 sees '[.sessions[] | select((.waits_for // "") | test("the \"other\""))] | length > 0'
is $? 0 'who stands in the way is named'
is "$(json '.at_work')" true 'somebody is at work'
like "$(json '[.phases[] | select(.table == "task_instance" and .phase == "copy") | "\(.active) \(.done < .total) \(.unit)"] | first')" \
    '^true true blocks$' 'a copy is at work and not done'
like "$(status)" 'task_instance +copy +[0-9.]+ %' 'with its line'
like "$(status)" 'pid [0-9]+ airshift: worker [0-9].*waits for pid [0-9]+ \(the "other"' 'and its session'
await 20 metric 'airshift_sessions_waiting [1-9][0-9]*'
is $? 0 'the metrics tell that it waits'
like "$(cat "$work/metrics")" 'airshift_phase_ratio\{table="task_instance",phase="copy"\} 0' 'and how far each phase is'
await 20 grep -q 'waits for pid' "$work/watch"
is $? 0 'so does the log'
await 20 grep -q 'waits for pid' "$work/screen"
is $? 0 'so does the screen'
echo 'ROLLBACK;' >&9
exec 9>&-
wait "$migration"
is $? 0 'the migration ends'
for process in "$watcher" "$json_watcher" "$screen_watcher"; do
    wait "$process"
    is $? 0 'a watch ends with it'
done
like "$(tail -n 1 "$work/watch")" '^[0-9:]{8}Z no migration is under way$' 'the last line says so'
is "$(jq -r .phase "$work/watch.json" | uniq | paste -sd' ')" "$(jq -r .phase "$work/watch.json" | uniq | grep -E '^(build|swapped|none)$' | paste -sd' ')" \
    'each line of JSON is a look'
is "$(jq -r .phase "$work/watch.json" | sed -n '1p;$p' | paste -sd' ')" 'build none' 'from the build to the end'
metric 'airshift_migration\{phase="none"\} 1'
is $? 0 'the metrics, too'
like "$(tr -d '\r' <"$work/screen")" $'\033\\[H' 'the screen is drawn over itself'
is "$(tr '\r' '\n' <"$work/screen" | sed $'s/\033\\[[0-9]*[A-Za-z]//g' | awk 'length > 99' | grep -v 'Script' | head -n 1)" '' 'no line is too long for it'
# Prometheus' text format: comments, and samples with labels and a number.
is "$(grep -vE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? -?[0-9.e+-]+)$' "$work/metrics")" '' \
    'all lines of the metrics are such'

# Airflow's own migration, or whoever has its lock.
mkfifo "$work/airflow"
pg_psql db <"$work/airflow" >/dev/null 2>&1 &
exec 8>"$work/airflow"
echo "SET application_name = 'airflow db migrate'; SELECT pg_advisory_lock(1);" >&8
await 20 sees '[.sessions[] | select(.migration_lock)] | length == 1'
is $? 0 "a session has Airflow's lock"
like "$(status)" "Airflow's migration lock is held by pid [0-9]+ \(airflow db migrate of postgres" 'and is named'
is "$(json .at_work)" false 'that is not work of airshift'
exec 8>&-

# A server that goes away and comes back.
watch "$work/watch.restart" --metrics-file "$work/metrics.restart"
watcher=$!
await 20 grep -q 'no migration' "$work/watch.restart"
is $? 0 'a watch without a migration goes on'
(cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -t 60 -s -m immediate stop) >/dev/null 2>&1
await 20 grep -q 'no answer' "$work/watch.restart"
is $? 0 'it says that the server does not answer'
await 20 grep -q '^airshift_up 0$' "$work/metrics.restart"
is $? 0 'the metrics, too'
(cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -t 120 -s -l "$PGT_DIR/server.log" -o "-p $PGT_PORT" start) >/dev/null 2>&1
await 20 eval 'tail -n 1 "$work/watch.restart" | grep -q "no migration"'
is $? 0 'and goes on'
kill -TERM "$watcher"
wait "$watcher"
is $? 0 'a signal ends it'

out=$(status --interval 1)
like "$? $out" '^2 .*--watch' 'an interval without a watch'
out=$(status --watch --interval 0)
like "$? $out" '^2 .*0.1 to 3600' 'no interval'
out=$(status --metrics-file "$work/missing/metrics")
like "$? ${out//$'\n'/ }" '^3 .*missing/metrics' 'a file that cannot be written'
finish_tests
