# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# operator_lib.sh - what airshift pause, drain and unpause do, the same on every server. The
# test that sources it has started one, and has these:
#
#   $airshift, $work      the program, a directory
#   $here                 SQL for the schema of Airflow's tables
#   $unchecked            SQL, or nothing: this session's rows need no parents
#   $new_id               SQL for a new UUID
#   db_create DATABASE    an empty one
#   db_url DATABASE       its URL
#   db_guest DATABASE     the URL of a user who may do all with the tables, and make none
#   sql DATABASE SQL      rows, fields between bars; standard quotes, || is concatenation
#   ago SECONDS           SQL for that time
#   defaults DATABASE TABLE    gives a value to columns that want one and have none
#   kept DATABASE         how much there is of what a pause makes
#   $memory               where it remembers the DAGs

# shellcheck disable=SC2154 # what the test has

# air COMMAND DATABASE [ARG ...]: output on one line in $out, exit code in $status.
air() {
    local command=$1 database=$2
    shift 2
    printf '%s\n' "$(db_url "$database")" >"$work/url"
    out=$(timeout 120 "$airshift" "$command" --url-file "$work/url" "$@" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
running() { sql "$1" 'SELECT dag_id FROM dag WHERE NOT is_paused ORDER BY dag_id' | paste -sd' '; }
paused() { sql "$1" "SELECT count(CASE WHEN is_paused THEN 1 END) || ' of ' || count(*) FROM dag"; }
# What every version has; 3.x wants a bundle.
dags() { # database
    local database=$1 extra='' value='' id paused
    if [ "$(sql "$database" "SELECT count(*) FROM information_schema.tables WHERE table_schema = $here AND table_name = 'dag_bundle'")" = 1 ]; then
        sql "$database" "INSERT INTO dag_bundle (name) VALUES ('b')" || return 1
        extra=', bundle_name' value=", 'b'"
    fi
    for id in a b 'c ü' "d\"''x" critical.1 critical.2 off.1 off.2; do
        paused=false
        [[ $id != off* ]] || paused=true
        sql "$database" "INSERT INTO dag (dag_id, is_paused$extra) VALUES ('$id', $paused$value)" || return 1
    done
}
# task DATABASE NUMBER STATE AGE BEAT: one, so many seconds old, and with a sign of life so long ago
task() {
    local started=NULL beat=NULL state=NULL
    [ -z "$3" ] || state="'$3'"
    [ -z "$4" ] || started=$(ago "$4")
    [ -z "$5" ] || beat=$(ago "$5")
    sql "$1" "$unchecked INSERT INTO task_instance (id, dag_id, task_id, run_id, map_index, state, start_date, queued_dttm, last_heartbeat_at)
        VALUES ($new_id, 'd', 't$2', 'r', -1, $state, $started, $(ago 7200), $beat)"
}

test_operator() {
    local version before db point number state age beat

    for version in 1.10.15 2.6.3 2.11.2 3.1.8; do
        db=v$version
        db_create "$db"
        air migrate "$db" --to "$version" --progress none
        # Defaults only for this test's INSERTs.
        defaults "$db" dag
        dags "$db" >"$work/dags" 2>&1
        is "$? $(cat "$work/dags")" '0 ' "$version: a database with DAGs"
        before=$(running "$db")
        air unpause "$db"
        like "$status $out" '^7 .*no pause' "$version: nothing to give back"
        air pause "$db"
        is "$status $out" '0 6 DAGs stopped, 8 of 8 are paused; "airshift unpause" gives 6 back' "$version: pause"
        is "$(paused "$db")" '8 of 8' "$version: all are paused"
        air pause "$db"
        is "$status $out" '0 0 DAGs stopped, 8 of 8 are paused; "airshift unpause" gives 6 back' "$version: again changes nothing"
        air unpause "$db"
        like "$status $out" '^0 .*6 DAGs run again, 0 are still paused' "$version: unpause"
        is "$(running "$db")" "$before" "$version: what ran runs, and nothing else"
        is "$(kept "$db")" 0 "$version: nothing is left"
    done

    # Across a migration, which drops dag and makes it anew.
    db=v2.11.2
    air pause $db --json
    is "$status $(jq -r '[.stopped, .to_give_back, .paused, .total] | map(tostring) | join(" ")' <<<"$out")" '0 6 6 8 8' 'JSON'
    air migrate $db --to 3.3.2 --mode detached --progress none
    is "$status $(paused $db)" '0 8 of 8' 'migrated, all paused'
    air verify $db --to 3.3.2
    is "$status" 0 'the memory is no difference'

    # The critical ones first.
    air unpause $db --first 'critical.2, nobody'
    like "$status $out $(paused $db)" '^7 .*no DAG "nobody".*8 of 8' 'a wrong name changes nothing'
    air unpause $db --first-tag none
    like "$status $out $(paused $db)" '^7 .*no DAG has the tag.*8 of 8' 'nor does a wrong tag'
    sql $db "INSERT INTO dag_tag (name, dag_id) VALUES ('gold', 'critical.1'), ('gold', 'off.1')"
    air unpause $db --first critical.2 --first-tag gold --only-first --gap 0.3 --max-active-runs 3
    is "$status $(running $db)" '0 critical.1 critical.2' 'only the first'
    like "$out" 'critical\.2 critical\.1 .*2 DAGs run again, 4 are still paused' 'in the order of the list, then of the tag'
    is "$(sql $db "SELECT DISTINCT max_active_runs FROM dag WHERE NOT is_paused")" 3 'with fewer runs at once'
    is "$(sql $db "SELECT count(*) FROM dag WHERE is_paused AND max_active_runs = 3")" 0 'the others as they were'
    is "$(sql $db "SELECT count(*) FROM $memory AS a JOIN $memory AS b ON b.unpaused >= a.unpaused + INTERVAL '0.3' SECOND")" 1 \
        'with the gap between'

    # Back again in the middle: what runs by now is remembered anew.
    air pause $db
    like "$status $out" '^0 2 DAGs stopped, 8 of 8 .* gives 6 back' 'pause once more'
    for point in pause unpause; do
        AIRSHIFT_TEST_KILL_AT=$point:commit air $point $db
        is "$status $(paused $db)" '137 8 of 8' "$point killed before its commit"
    done
    sql $db "UPDATE dag SET is_paused = false WHERE dag_id = 'off.2'"
    sql $db "DELETE FROM dag WHERE dag_id = 'b'"
    air pause $db
    like "$status $out" '^0 1 DAGs stopped, 7 of 7 .* gives 7 back' 'one that somebody let run is stopped and remembered'
    air unpause $db --batch 2 --gap 0.1
    like "$status $out" '^0 2 others 2 others 2 others 1 others .*1 of the DAGs that were stopped are not there' 'in batches; one is gone'
    is "$(running $db)" "a c ü critical.1 critical.2 d\"'x off.2" 'all that ran'
    is "$(kept $db)" 0 'nothing is left'
    AIRSHIFT_TEST_KILL_AT=pause:commit air pause $db
    is "$status $(paused $db)" '137 1 of 7' 'the first pause killed before its commit'
    air pause $db
    like "$status $out" '^0 6 DAGs stopped, 7 of 7 .* gives 6 back' 'and once more'
    air unpause $db
    is "$status $(kept $db)" '0 0' 'given back'
    db_guest $db >"$work/url"
    out=$("$airshift" pause --url-file "$work/url" 2>&1)
    like "$? ${out//$'\n'/ }" '^5 .*GRANT .*CREATE.* ON .* TO .*guest' 'a role that may make nothing: what to grant'
    [ "$(running $db | wc -w)" -gt 1 ]
    is $? 0 'stops nothing'

    # Drain.
    air drain $db
    like "$status $out" '^0 .*DAGs are not paused.*0 task instances in flight' 'nothing in flight'
    air pause $db
    air drain $db
    unlike "$out" 'not paused' 'all are paused'
    defaults $db task_instance
    while IFS='|' read -r number state age beat; do
        task $db "$number" "$state" "$age" "$beat"
    done >"$work/tasks" 2>&1 <<'END'
1|running|3600|1
2|running|120|600
3|queued||
4|success|86400|86400
5|scheduled||
6|deferred|3600|3600
7|||
END
    is "$(cat "$work/tasks") $(sql $db 'SELECT count(*) FROM task_instance')" ' 7' 'tasks in flight'
    air drain $db --limit 0
    like "$status $out" '^10 .*2 running \(the oldest since 1:00:[0-9]+: d\.t1 of r\), 1 queued \(the oldest since 2:00:.*: d\.t3 of r\).*1 of them without a sign of life.*--on-limit continue' \
        'the limit is an error'
    air drain $db --limit 0 --on-limit continue
    like "$status $out" '^0 .*warning: still in flight, going on: 2 running.*3 task instances in flight' 'or a warning'
    "$airshift" drain --url-file "$work/url" --limit 1 --interval 0.1 >"$work/drain" 2>&1 &
    waiting=$!
    await 20 grep -q '2 running' "$work/drain"
    sql $db "UPDATE task_instance SET state = 'success' WHERE state = 'running'"
    await 20 grep -q '^1 queued' "$work/drain"
    is $? 0 'says when something changes'
    sql $db "UPDATE task_instance SET state = 'success' WHERE state = 'queued'"
    wait "$waiting"
    is "$? $(tail -n 1 "$work/drain" | cut -d' ' -f1-5)" '0 0 task instances in flight,' 'ends when the last one does'

    # Older schemas have other columns, and the sign of life is in the job.
    sql v2.6.3 "INSERT INTO job (id, latest_heartbeat) VALUES (7, $(ago 600))"
    defaults v2.6.3 task_instance
    sql v2.6.3 "$unchecked INSERT INTO task_instance (dag_id, task_id, run_id, map_index, state, start_date, job_id)
        VALUES ('d', 't', 'r', -1, 'running', $(ago 3600), 7)"
    air drain v2.6.3 --limit 0
    like "$status $out" '^10 .*1 running \(the oldest since 1:00:[0-9]+: d\.t of r\).*1 of them without a sign of life' 'on 2.6'
    air drain v1.10.15
    like "$status $out" '^0 .*0 task instances in flight' 'on 1.10'
    defaults v1.10.15 task_instance
    sql v1.10.15 "$unchecked INSERT INTO task_instance (dag_id, task_id, execution_date, state, queued_dttm) VALUES ('d', 't', $(ago 7200), 'queued', $(ago 3600))"
    air drain v1.10.15 --limit 0
    like "$status $out" '^10 .*1 queued \(the oldest since 1:00:[0-9]+: d\.t of ' 'on 1.10, with a task in flight'
}
