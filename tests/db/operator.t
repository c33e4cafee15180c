#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# operator.t - airshift pause, drain and unpause on databases of several Airflow versions,
# which airshift made: what ran runs again and nothing else, across a migration, kills and
# other people's changes. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin operator
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
# air COMMAND DATABASE [ARG ...]: output on one line in $out, exit code in $status.
air() {
    local command=$1 database=$2
    shift 2
    out=$(timeout 120 "$airshift" "$command" --url "$(pg_url "$database")" "$@" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
running() { sql "$1" "SELECT string_agg(dag_id, ' ' ORDER BY dag_id) FROM dag WHERE NOT is_paused"; }
paused() { sql "$1" "SELECT count(*) FILTER (WHERE is_paused) || ' of ' || count(*) FROM dag"; }
schemas() { sql "$1" "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'"; }
# What every version has; 3.x wants a bundle.
dags() {
    local database=$1 extra='' value=''
    if [ "$(sql "$database" "SELECT to_regclass('dag_bundle') IS NOT NULL")" = t ]; then
        sql "$database" "INSERT INTO dag_bundle (name) VALUES ('b') ON CONFLICT DO NOTHING"
        extra=', bundle_name' value=", 'b'"
    fi
    sql "$database" "SELECT format('INSERT INTO dag (dag_id, is_paused%s) VALUES (%L, %L%s)', \$\$$extra\$\$, id, id LIKE 'off%', \$\$$value\$\$)
        FROM unnest(ARRAY['a', 'b', 'c ü', 'd\"''x', 'critical.1', 'critical.2', 'off.1', 'off.2']) id" |
        while read -r insert; do
            # NOT NULL columns without a default differ by version: they get something.
            pg_psql "$database" -c "$insert" 2>"$work/error" || { cat "$work/error" >&2; return 1; }
        done
}

for version in 1.10.15 2.6.3 2.11.2; do
    pg_create "v$version"
    "$airshift" migrate --url "$(pg_url "v$version")" --to "$version" --progress none >/dev/null 2>&1
    # Defaults only for this test's INSERTs.
    sql "v$version" "SELECT format('ALTER TABLE dag ALTER %I SET DEFAULT %L;', column_name, CASE data_type WHEN 'boolean' THEN 'f' ELSE '1' END)
        FROM information_schema.columns WHERE table_name = 'dag' AND is_nullable = 'NO' AND column_default IS NULL" |
        pg_psql "v$version" -f -
    dags "v$version"
    is $? 0 "$version: a database with DAGs"
    before=$(running "v$version")
    air unpause "v$version"
    like "$status $out" '^7 .*no pause' "$version: nothing to give back"
    air pause "v$version"
    is "$status $out" '0 6 DAGs stopped, 8 of 8 are paused; "airshift unpause" gives 6 back' "$version: pause"
    is "$(paused "v$version")" '8 of 8' "$version: all are paused"
    air pause "v$version"
    is "$status $out" '0 0 DAGs stopped, 8 of 8 are paused; "airshift unpause" gives 6 back' "$version: again changes nothing"
    air unpause "v$version"
    like "$status $out" '^0 .*6 DAGs run again, 0 are still paused' "$version: unpause"
    is "$(running "v$version")" "$before" "$version: what ran runs, and nothing else"
    is "$(schemas "v$version")" 0 "$version: nothing is left"
done

# Across a migration, which drops dag and makes it anew.
db=v2.11.2
air pause $db --json
is "$status $(jq -r '[.stopped, .to_give_back, .paused, .total] | map(tostring) | join(" ")' <<<"$out")" '0 6 6 8 8' 'JSON'
"$airshift" migrate --url "$(pg_url $db)" --to 3.3.2 --progress none >"$work/migrate" 2>&1
is "$? $(paused $db)" '0 8 of 8' 'migrated, all paused'
"$airshift" verify --url "$(pg_url $db)" --to 3.3.2 >"$work/verify" 2>&1
is $? 0 'the memory is no difference'

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
is "$(sql $db "SELECT extract(epoch FROM max(unpaused) - min(unpaused)) >= 0.3 FROM airshift_operator.pause_dag")" t 'with the gap between'

# Back again in the middle: what runs by now is remembered anew.
air pause $db
like "$status $out" '^0 2 DAGs stopped, 8 of 8 .* gives 6 back' 'pause once more'
for point in pause unpause; do
    AIRSHIFT_TEST_KILL_AT=$point:commit "$airshift" $point --url "$(pg_url $db)" >/dev/null 2>&1
    is "$? $(paused $db)" '137 8 of 8' "$point killed before its commit"
done
sql $db "UPDATE dag SET is_paused = false WHERE dag_id = 'off.2'; DELETE FROM dag WHERE dag_id = 'b'"
air pause $db
like "$status $out" '^0 1 DAGs stopped, 7 of 7 .* gives 7 back' 'one that somebody let run is stopped and remembered'
air unpause $db --batch 2 --gap 0.1
like "$status $out" '^0 2 others 2 others 2 others 1 others .*1 of the DAGs that were stopped are not there' 'in batches; one is gone'
is "$(running $db)" "a c ü critical.1 critical.2 d\"'x off.2" 'all that ran'
is "$(schemas $db)" 0 'nothing is left'
like "$(sql postgres "CREATE ROLE guest LOGIN"; sql $db 'GRANT ALL ON ALL TABLES IN SCHEMA public TO guest'
    "$airshift" pause --url "postgresql://guest@127.0.0.1:$PGT_PORT/$db" 2>&1; echo " $? $(running $db | wc -w)")" 'GRANT CREATE ON DATABASE' 'a role without a schema of its own'
[ "$(running $db | wc -w)" -gt 0 ]
is $? 0 'stops nothing'

# Drain.
air drain $db
like "$status $out" '^0 .*DAGs are not paused.*0 task instances in flight' 'nothing in flight'
air pause $db
air drain $db
unlike "$out" 'not paused' 'all are paused'
pg_psql $db <<'SQL'
SET session_replication_role = replica;
SELECT format('ALTER TABLE task_instance ALTER %I SET DEFAULT %L', column_name, CASE data_type WHEN 'boolean' THEN 'f' WHEN 'jsonb' THEN '{}' WHEN 'json' THEN '{}' ELSE '1' END)
    FROM information_schema.columns WHERE table_name = 'task_instance' AND is_nullable = 'NO' AND column_default IS NULL AND data_type <> 'uuid' \gexec
INSERT INTO task_instance (id, dag_id, task_id, run_id, map_index, state, start_date, queued_dttm, last_heartbeat_at)
    SELECT gen_random_uuid(), 'd', 't' || n, 'r', -1, state, now() - age::interval, now() - '2 hours'::interval, now() - beat::interval
      FROM (VALUES (1, 'running', '1 hour', '1 second'), (2, 'running', '2 minutes', '10 minutes'), (3, 'queued', NULL, NULL),
                   (4, 'success', '1 day', '1 day'), (5, 'scheduled', NULL, NULL), (6, 'deferred', '1 hour', '1 hour'),
                   (7, NULL, NULL, NULL)) v (n, state, age, beat);
SQL
is $? 0 'tasks in flight'
air drain $db --limit 0
like "$status $out" '^10 .*2 running \(the oldest since 1:00:0[0-9]: d\.t1 of r\), 1 queued \(the oldest since 2:00:0.*1 of them without a sign of life.*--on-limit continue' \
    'the limit is an error'
air drain $db --limit 0 --on-limit continue
like "$status $out" '^0 .*warning: still in flight, going on: 2 running.*3 task instances in flight' 'or a warning'
"$airshift" drain --url "$(pg_url $db)" --limit 1 --interval 0.1 >"$work/drain" 2>&1 &
waiting=$!
await 20 grep -q '2 running' "$work/drain"
sql $db "UPDATE task_instance SET state = 'success' WHERE state IN ('running')"
await 20 grep -q '^1 queued' "$work/drain"
is $? 0 'says when something changes'
sql $db "UPDATE task_instance SET state = 'success' WHERE state = 'queued'"
wait "$waiting"
is "$? $(tail -n 1 "$work/drain" | cut -d' ' -f1-5)" '0 0 task instances in flight,' 'ends when the last one does'
"$airshift" drain --url "$(pg_url v2.6.3)" >"$work/drain" 2>&1
is "$? $(tail -n 1 "$work/drain" | cut -d' ' -f1-5)" '0 0 task instances in flight,' 'on 2.6'
"$airshift" drain --url "$(pg_url v1.10.15)" >"$work/drain" 2>&1
is "$? $(tail -n 1 "$work/drain" | cut -d' ' -f1-5)" '0 0 task instances in flight,' 'on 1.10'
finish_tests
