#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# runbook.t - the page of airshift runbook, done: its commands are run in their order on a
# database, and its ways back too. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
airshift=$(realpath "$airshift")
pg_test_begin runbook
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
running() { sql "$1" "SELECT string_agg(dag_id, ' ' ORDER BY dag_id) FROM dag WHERE NOT is_paused"; }
at() { sql "$1" 'SELECT version_num FROM alembic_version'; }
# What Airflow has in it, without what airshift remembers of a pause, and in no order of rows,
# as pausing a DAG and letting it run again moves its row.
dump() {
    "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres -n public "$1" | grep -vE '^\\(un)?restrict ' | sort
}
runbook() {
    "$airshift" runbook --rehearsal "$work/report" --url-file "$work/url file" --restored-url-file "$work/restored" \
        --backups "$work/b'ackups" "$@"
}
# The lines of one step: block NUMBER commands|check|back
block() {
    awk -v step="## $1." -v want="$2" '/^## /{ inside = index($0, step " ") == 1; part = "commands" }
        /^\*\*Check:/ { part = "check" } /^\*\*Way back:/ { part = "back" }
        /^```sh/ { code = 1; next } /^```/ { code = 0 }
        inside && code && part == want' "$work/page.md"
}
# does NUMBER PART NAME: the shell runs the block, each line of it must succeed
does() {
    local lines
    lines=$(block "$1" "$2")
    if [ -z "$lines" ]; then
        not_ok "$3" 'no such block'
    elif out=$(PATH=$work/bin:$PATH timeout 300 sh -e -c "$lines" 2>&1 </dev/null); then
        ok "$3"
    else
        not_ok "$3" "$lines
$out"
    fi
}

mkdir "$work/bin" "$work/b'ackups"
ln -s "$airshift" "$work/bin/airshift"
printf '#!/bin/sh\necho "$0 $*" >>"%s/airflow.log"\n' "$work" >"$work/bin/airflow"
chmod +x "$work/bin/airflow"

pg_create clone
"$airshift" migrate --url "$(pg_url clone)" --to 2.11.2 --progress none >/dev/null 2>&1
pg_psql clone <<'SQL'
INSERT INTO dag (dag_id, is_paused, has_task_concurrency_limits, max_active_tasks, max_consecutive_failed_dag_runs)
    SELECT id, id LIKE 'off%', false, 16, 0 FROM unnest(ARRAY['critical', 'usual.1', 'usual.2', 'off']) id;
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    SELECT n, 'usual.1', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100 FROM generate_series(1, 300) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'usual.1', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 300) n;
SQL
is $? 0 'a database at 2.11.2'
old=$(at clone)
out=$("$airshift" rehearse --url "$(pg_url clone)" --to 3.3.2 --report "$work/report" --way-back --progress none 2>&1)
is $? 0 'a rehearsal with its way back'
# The day's database: the clone is a copy of it.
pg_create day clone
pg_create restored
pg_url day >"$work/url file"
pg_url restored >"$work/restored"

runbook --first critical --begin 2026-12-05T09:00Z --stop-command 'echo stop >>airflow.log' --start-command 'echo new >>airflow.log' \
    --start-old-command 'echo old >>airflow.log' >"$work/page.md" 2>"$work/error"
is "$? $(cat "$work/error")" '0 ' 'a runbook'
cd "$work" || exit 1
is "$(grep -c '^## [0-9]' page.md) $(grep -cE '^\| [0-9]+ \|' page.md)" '10 10' 'each step is in the table'
like "$(cat page.md)" '^\| 3 \| Stop the DAGs \| Sat 09:00 UTC \| ~1 min \|$' 'the day begins when it was said'
like "$(cat page.md)" '^\| \| the window ends \| Sat 11:00 UTC \| \|$' 'and ends with the window'
# Window 120, twice 5 for the restart, 1 for the restore (and half a minute down).
like "$(cat page.md)" '^\* Until \*\*Sat 10:49 UTC\*\*, with the new Airflow: restore' 'the decision point leaves time for the restore'
like "$(cat page.md)" '^\* Until \*\*Sat 10:55 UTC\*\*, while .airshift migrate. runs' 'a running migration is given up later'

# The day goes well.
does 1 commands '1: the plan'
does 1 check '1: the preflight'
like "$out" '[0-9]+ yellow, [0-9]+ green' '1: has a verdict'
does 2 commands '2: backup ahead'
does 2 check '2: it is whole'
does 3 commands '3: pause'
like "$out" '4 of 4 are paused' '3: says what the page says'
does 4 commands '4: drain'
does 5 commands '5: stop'
does 6 commands '6: backup'
does 6 check '6: it is whole'
does 7 commands '7: migrate'
does 7 check '7: check and verify'
does 8 commands '8: start'
does 8 check '8: what the new Airflow says'
is "$(paste -sd' ' airflow.log)" "stop new $work/bin/airflow db check-migrations $work/bin/airflow dags list-import-errors" \
    'the commands of the user are run as they are'
does 9 commands '9: critical DAGs'
is "$(running day)" critical '9: they alone run'
does 10 commands '10: all DAGs'
is "$(running day)" 'critical usual.1 usual.2' '10: those that ran before'
is "$(at day)" d2f4e1b3c5a7 'the database is at the target'
# And back: the restored database is the old one.
does 9 back 'the way back, with the new Airflow'
is "$(at restored) $(running restored)" "$old critical usual.1 usual.2" 'the old version, and its DAGs run'
is "$(diff <(dump clone) <(dump restored) | head -n 5)" '' 'the restored database is what it was'
is "$(tail -n 2 airflow.log | paste -sd' ')" 'stop old' 'the new Airflow is stopped, the old one started'

# The day goes badly: given up while the migration runs.
pg_drop day
pg_create day clone
rm -r "$work/b'ackups/day"
does 3 commands 'again: pause'
does 6 commands 'again: backup'
AIRSHIFT_TEST_KILL_AT=swap:before sh -c "PATH='$work/bin:$PATH'; $(block 7 commands)" >/dev/null 2>&1
is $? 137 'again: killed in the migration'
does 7 back 'again: the way back'
is "$(at day) $(running day)" "$old critical usual.1 usual.2" 'again: the old version, and its DAGs run'
is "$(diff <(dump clone) <(dump day) | head -n 5)" '' 'again: nothing has changed'

# By a switch: its words are those of the program.
runbook --config /etc/airshift/switch.conf --first-tag critical >"$work/page.md"
is $? 0 'a runbook of a switch'
words=$(grep -oE '^airshift switch [a-z]+' "$work/page.md" | awk '{ print $3 }' | sort -u | paste -sd' ')
is "$words" 'abort cutover finish rollback start status' 'it has every word that the day needs'
# Every option of every command, in both pages, is one of that command's.
runbook >>"$work/page.md"
unknown=$(sed -n '/^```sh/,/^```/p' "$work/page.md" | grep '^airshift' | sort -u | while read -r _ command rest; do
    help=$("$airshift" "$command" --help)
    grep -oE -- '(^| )--[a-z-]+' <<<"$rest" | while read -r option; do
        grep -q "^  $option " <<<"$help" || echo "$command $option"
    done
done)
is "$unknown" '' 'every option on the page exists'
like "$(cat "$work/page.md")" '^\| 4 \| Stop the DAGs \| 0:00 \|' 'without a begin, minutes are given'

# No go.
out=$(runbook --window 10 2>&1)
like "$? $out" '^13 .*no go: the day.s steps take .*the window is 10 min' 'a window that is too small'
out=$(runbook --restore-minutes 100 2>&1)
like "$? $out" '^13 .*no go: .*the way back 1 h 50 min' 'a way back that takes too long'
jq '.go = false | .checks[0].passed = false' "$work/report/rehearsal.json" >"$work/nogo.json"
out=$(runbook --rehearsal "$work/nogo.json" 2>&1)
like "$? $out" '^13 .*no go: the rehearsal said no: migration$' 'a rehearsal that said no'
jq 'del(.way_back, .forecast.backup_seconds, .forecast.restore_seconds)' "$work/report/rehearsal.json" >"$work/noback.json"
out=$(runbook --rehearsal "$work/noback.json" 2>&1)
like "$? ${out//$'\n'/ }" '^3 .*how long a restore takes.*--way-back' 'a rehearsal without its way back'
out=$(runbook --rehearsal "$work/noback.json" --restore-minutes 7)
like "$? ${out//$'\n'/ }" '^0 .*The way back takes 7 min' 'but it may be said'
jq 'del(.forecast.migrate_seconds)' "$work/report/rehearsal.json" >"$work/half.json"
out=$(runbook --rehearsal "$work/half.json" 2>&1)
like "$? $out" '^3 .*is not the report of a rehearsal' 'a report that lacks something'
out=$(runbook --rehearsal "$work/missing" 2>&1)
is $? 3 'no report'
out=$(runbook --begin tomorrow 2>&1)
is $? 2 'a time that is none'
out=$("$airshift" runbook --rehearsal "$work/report" --url-file x --backups y 2>&1)
like "$? $out" '^2 .*--restored-url-file' 'no file for the restored URL'
finish_tests
