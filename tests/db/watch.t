#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# watch.t - airshift watch on PostgreSQL and MySQL, on databases of Airflow 1.10, 2 and 3 that
# airshift made: DAGs that are late and such that are not, tasks that are stuck, processes that
# are silent, critical DAGs first; and while it watches, what was late comes. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$(dirname "$0")/../lib/mysql.sh"
pg_test_begin watch
trap 'my_stop_all; pg_test_end' EXIT
unset MYSQL_PWD AIRFLOW__DATABASE__SQL_ALCHEMY_CONN
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1
# shellcheck disable=SC2119
my_start || { not_ok 'MySQL starts'; finish_tests; exit 1; }

# What differs between the servers: sql DATABASE STATEMENTS, what an INSERT may leave out, a time.
sql() {
    case $engine in
    postgres) pg_psql "$1" -At -c 'SET session_replication_role = replica' -c "$2" ;;
    mysql) my_sql "$1" -e "SET sql_mode = 'ANSI_QUOTES', foreign_key_checks = 0; $2" ;;
    esac
}
make_database() {
    case $engine in
    postgres)
        pg_create "$1"
        pg_url "$1" >"$work/url"
        ;;
    mysql)
        my_create "$1"
        my_url "$1" >"$work/url"
        ;;
    esac
    "$airshift" migrate --url-file "$work/url" --to "$version" --progress none >/dev/null 2>&1 || return 1
    [ "$engine" = postgres ] || return 0
    # Defaults only for this test's INSERTs.
    sql "$1" "SELECT format('ALTER TABLE %I ALTER %I SET DEFAULT %s;', table_name, column_name, CASE WHEN data_type = 'boolean' THEN 'false'
            WHEN data_type = 'uuid' THEN 'gen_random_uuid()' WHEN data_type LIKE 'timestamp%' THEN 'now()' WHEN data_type LIKE 'json%' THEN '''{}''' ELSE '''1''' END)
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name IN ('dag', 'dag_run', 'task_instance', 'job', 'dag_tag') AND is_nullable = 'NO' AND column_default IS NULL" |
        pg_psql "$1" -f -
}
# Minutes from now, as a literal.
at() {
    local zone=
    [ "$engine" = mysql ] || zone=+00
    date -u -d "$1 minutes" "+'%F %T$zone'"
}
on() { # [ARG ...]: output in $out, exit code in $status
    out=$(timeout 60 "$airshift" watch --url-file "$work/url" "$@" 2>&1)
    status=$?
}
once() { on --once "$@"; }
json() { jq -r "$1" <<<"$out"; }

dag() { # id is_paused is_active next-due-in-minutes|-
    local there=is_active there_value=$3 columns='' values=''
    case $version in
    3.*) there=is_stale there_value=$([ "$3" = true ] && echo false || echo true) ;;
    esac
    [ "$4" = - ] || [[ $version = 1.* ]] || { columns=', next_dagrun_create_after' values=", $(at "$4")"; }
    sql "$database" "INSERT INTO dag (dag_id, is_paused, $there$columns) VALUES ('$1', $2, $there_value$values)"
}
# A run that was due and began so many minutes ago; before 2.2 what is due shows in the distance.
run() { # dag id due began|-
    local began=NULL
    [ "$4" = - ] || began=$(at "$4")
    case $version in
    1.*) sql "$database" "INSERT INTO dag_run (dag_id, run_id, execution_date, start_date) VALUES ('$1', '$2', $(at "$3"), $began)" ;;
    2.*) sql "$database" "INSERT INTO dag_run (dag_id, run_id, execution_date, data_interval_end, start_date) VALUES ('$1', '$2', $(at "$(($3 - 60))"), $(at "$3"), $began)" ;;
    3.*) sql "$database" "INSERT INTO dag_run (dag_id, run_id, logical_date, run_after, start_date) VALUES ('$1', '$2', $(at "$3"), $(at "$3"), $began)" ;;
    esac
}
# A task instance of such a run; 1.10 knows it by the date of the run, whatever second that was written in.
task() { # dag task run state queued-minutes|-
    local since=NULL key=run_id value="'$3'" columns='' values=''
    [ "$5" = - ] || since=$(at "$5")
    case $version in
    1.*) key=execution_date value="(SELECT execution_date FROM dag_run WHERE dag_id = '$1' AND run_id = '$3')" ;;
    3.*) columns=', id' values=", '$(</proc/sys/kernel/random/uuid)'" ;;
    esac
    [ "$4 $5" = 'scheduled -' ] || [ "$4" = queued ] || { columns="$columns, updated_at" values="$values, $since" since=NULL; }
    local name=${2//\'/\'\'}
    [ "$engine" = postgres ] || name=${name//\\/\\\\}
    sql "$database" "INSERT INTO task_instance (dag_id, task_id, $key, state, queued_dttm$columns) VALUES ('$1', '$name', $value, '$4', $since$values)"
}
beat() { # job_type minutes-from-now: not yet, so that a slow machine does not make it silent
    sql "$database" "INSERT INTO job (job_type, state, hostname, latest_heartbeat) VALUES ('$1', 'running', 'host1', $(at "$2"))"
}

for engine in postgres mysql; do
    for version in 1.10.15 2.6.3 2.11.2 3.3.2; do
        database=w${version//./_}
        name="$engine $version"
        make_database "$database"
        is $? 0 "$name: a database"
        dag fine false true 30
        beat SchedulerJob 10
        [[ $version != 3.* ]] || beat DagProcessorJob 10
        once
        like "$status $out" '^0 on time: none of 1 DAGs is late; 0 runs were due' "$name: on time"

        if [[ $version = 1.* ]]; then
            # Due is what the distance says: twice after the last one.
            sql "$database" "DELETE FROM dag; INSERT INTO dag (dag_id, is_paused, is_active, schedule_interval) VALUES
                ('fine', false, true, '\"@hourly\"'), ('late', false, true, '\"@hourly\"'), ('off', true, true, '\"@hourly\"'),
                ('gone', false, false, '\"@hourly\"'), ('hand', false, true, 'null')"
            for id in late off gone hand; do
                run $id scheduled__1 -200 -140
                run $id scheduled__2 -140 -80
            done
            run fine scheduled__1 -110 -50
            run fine scheduled__2 -50 -10
            is "$(once --json; json '.unpaused[] | select(.dag_id == "fine") | .late')" false "$name: one that waits for its next run"
            want='late: late: its next run is overdue by 2[01]:[0-9]+, by the distance of the last two'
        else
            dag late false true -10
            dag off true true -10
            dag gone false false -10
            dag hand false true -
            want='late: late: its next run is overdue by 10:[0-9]+$'
        fi
        once
        is "$status" 20 "$name: late"
        like "$out" "^late: 1 of 3 DAGs are late; .*1 DAGs are paused" "$name: in words"
        like "$out" "$want" "$name: which one, and how much"
        unlike "$out" ': (off|gone|hand|fine):' "$name: those that are paused, gone, or not due are not"
        once --grace 3000
        is "$status" 0 "$name: with more patience it is on time"

        if [[ $version != 1.* ]]; then
            dag began false true 30
            run began scheduled__1 -20 -15
            run began scheduled__0 -40 -39
            run began manual__1 -19 -1
            dag waits false true 30
            run waits scheduled__1 -9 -
            once
            like "$out" 'late: began: scheduled__1 began late by [45]:[0-9]+$' "$name: a run that began late"
            like "$out" 'late: waits: scheduled__1 has not begun, late by [89]:[0-9]+$' "$name: a run that has not begun"
            once --window 5 --json
            is "$(json '[.unpaused[] | select(.late) | .dag_id] | join(" ")')" late "$name: the window leaves out what was due before"
            once --json --first waits
            is "$(json '"\(.verdict) \(.late_dags) \(.late_critical_dags) \(.unpaused[0].dag_id) \(.runs)"')" 'late 3 1 waits 3' "$name: as JSON, the critical one first"
        fi
        if [[ $version != 1.* ]]; then
            sql "$database" "INSERT INTO dag_tag (name, dag_id) VALUES ('gold', 'late')"
            once --first-tag gold
            like "$out" '^  late: late \(critical\)' "$name: by its tag"
            once --first-tag none
            like "$status ${out//$'\n'/ }" '^7 .*no DAG has the tag "none"' "$name: a tag that nobody has"
        fi
        once --first nobody
        like "$status ${out//$'\n'/ }" '^7 .*no active DAG "nobody"' "$name: a critical DAG that is not there"

        # Tasks.
        sql "$database" 'DELETE FROM dag_run'
        run fine scheduled__r -12 -10
        run off scheduled__r -12 -10
        task fine old scheduled__r queued -9
        task fine new scheduled__r queued -1
        task fine s1 scheduled__r scheduled -
        task off s1 scheduled__r scheduled -
        once
        like "$out" 'stuck: fine: 1 queued, the oldest for [89]:[0-9]+: old of scheduled__r$' "$name: a task that is queued too long"
        like "$out" 'stuck: fine: 1 scheduled, the oldest for (9|10):[0-9]+: s1 of scheduled__r$' "$name: one that is scheduled too long"
        unlike "$out" 'stuck: off' "$name: one of a paused DAG waits by right"
        like "$out" 'do: see whether the workers live' "$name: and what to do"
        once --stuck 20 --json
        is "$(json .stuck_tasks)" 0 "$name: with more patience none is stuck"

        # Clearing them: shown first, done on demand, the critical ones first.
        dag first false true 30
        run first scheduled__r -12 -10
        task first "it's \\ odd" scheduled__r queued -7
        states() { sql "$database" "SELECT concat(dag_id, '.', task_id, ' ', coalesce(state, 'none')) FROM task_instance ORDER BY 1" | tr -s '\134' | tr '\n' ','; }
        before=$(states)
        once --clear-stuck --first first
        like "$out" "^  would clear: first \(critical\): it's .* odd of scheduled__r, queued for [67]:[0-9]+\$" "$name: a critical task would be cleared"
        is "$(grep 'would clear: ' <<<"$out" | sed -e 's/^.*: \([a-z]*\).*: \([^ ]*\) .*/\1.\2/' | tr '\n' ' ')" "first.it's fine.s1 fine.old " \
            "$name: it first, then the others, the oldest first"
        like "$out" '^3 tasks would be cleared: --yes does it$' "$name: on demand"
        is "$(states)" "$before" "$name: nothing was"
        once --clear-stuck --first first --only-first --yes
        like "$status ${out//$'\n'/ }" '^20 .*  cleared: first \(critical\): .* 1 of 1 tasks cleared' "$name: the critical one alone"
        is "$(states)" "${before/odd queued/odd none}" "$name: it has no state now, the others have theirs"
        once --clear-stuck --yes
        like "${out//$'\n'/ }" ' 2 of 2 tasks cleared' "$name: all that are stuck"
        is "$(states)" "fine.new queued,fine.old none,fine.s1 none,first.it's \\ odd none,off.s1 scheduled," "$name: and nothing else"
        once --clear-stuck --yes --grace 3000
        like "$status $out" '^0 ' "$name: then none is stuck"
        sql "$database" "DELETE FROM dag WHERE dag_id = 'first'"
        sql "$database" "DELETE FROM task_instance"

        # Processes.
        sql "$database" "UPDATE job SET latest_heartbeat = $(at -5) WHERE job_type = 'SchedulerJob'"
        once --grace 3000
        like "$status ${out//$'\n'/ }" '^20 late: .*no scheduler lives.* scheduler: 0 alive, 1 silent \(on host1\), the last sign of life [45]:[0-9]+ ago.*do: start the scheduler' "$name: a dead scheduler"
        sql "$database" "UPDATE job SET latest_heartbeat = $(at 10)"
        once --grace 3000
        is "$status" 0 "$name: it lives again"
        if [[ $version = 3.* ]]; then
            sql "$database" "DELETE FROM job WHERE job_type = 'DagProcessorJob'"
            once --grace 3000
            like "$status $out" '^20 late: .*no DAG processor lives' "$name: a DAG processor is needed"
            beat DagProcessorJob 10
        fi
        if [[ $version != 1.* ]]; then
            task fine d scheduled__r deferred -
            once --grace 3000
            like "$status $out" '^20 late: .*no triggerer lives' "$name: so is a triggerer, where tasks are deferred"
            beat TriggererJob 10
            once --grace 3000
            is "$status" 0 "$name: with one all is well"
        fi
    done
done

# Watching: what was late comes.
engine=postgres version=2.11.2 database=w2_11_2
pg_url $database >"$work/url"
sql $database "UPDATE job SET latest_heartbeat = $(at 10)"
"$airshift" watch --url-file "$work/url" --interval 0.1 --grace 300 >"$work/watch" 2>&1 &
watcher=$!
await 20 grep -q 'Z late: 1 of' "$work/watch"
is $? 0 'a watch sees it late'
sql $database "UPDATE dag SET next_dagrun_create_after = $(at 30) WHERE dag_id = 'late'"
is_on_time() { tail -n 3 "$work/watch" | grep -q 'Z on time: '; }
await 20 is_on_time
is $? 0 'and on time'
kill -TERM "$watcher"
wait "$watcher"
is $? 0 'a signal ends it with what it saw last'
on --for 0.01 --interval 0.1 --grace 300 --json
is "$status $(jq -r .verdict <<<"$out" | sort -u)" '0 on time' '--for ends it, too'
[ "$(wc -l <<<"$out")" -gt 2 ]
is $? 0 'after several looks'

# A table that is locked is not waited for.
sql_holds() { pg_psql $database -At -c 'BEGIN' -c 'LOCK dag' -c "SELECT 'holds'" -c '\! read -r _' -c 'COMMIT'; }
mkfifo "$work/hold"
sql_holds <"$work/hold" >"$work/holds" 2>&1 &
holder=$!
exec 9>"$work/hold"
await 20 grep -q holds "$work/holds"
is $? 0 'somebody locks a table'
once
like "$status ${out//$'\n'/ }" '^6 .*lock timeout' 'it says so'
echo >&9
exec 9>&-
wait "$holder"
sql $database 'UPDATE dag SET is_paused = true'
once
like "$status ${out//$'\n'/ }" '^0 .*do: all DAGs are paused: .airshift unpause' 'all paused: it says how to go on'

once --interval 1
like "$status $out" '^2 .*--once goes without' 'once, and an interval'
on --clear-stuck
like "$status $out" '^2 .*goes with --once' 'clearing again and again'
once --yes
like "$status $out" '^2 .*go with --clear-stuck' 'a yes to nothing'
once --clear-stuck --only-first
like "$status $out" '^2 .*goes with --first' 'the first of none'
on --interval 0
like "$status $out" '^2 .*0.1 to 3600' 'no interval'
on --window 0
like "$status $out" '^2 .*a minute to a year' 'no window'
finish_tests
