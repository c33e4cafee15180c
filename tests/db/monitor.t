#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# monitor.t - what airshift monitor says of migrations: none, broken off, at work, held up by
# a tree of sessions, idle, in line behind another one; airshift's own and the real
# `airflow db migrate`, where that is installed. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/airflow_env.sh
. "$(dirname "$0")/../lib/airflow_env.sh"
pg_test_begin monitor
airflow=
end() {
    exec 7>&- 8>&- 9>&-
    [ -z "$airflow" ] || kill "$airflow" 2>/dev/null
    pg_test_end
}
trap end EXIT
pg_start max_prepared_transactions=5 || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
# mon DATABASE [ARG ...]: output in $out, exit code in $status.
mon() {
    local database=$1
    shift
    out=$(timeout 60 "$airshift" monitor --url "$(pg_url "$database")" --interval 0.5 "$@" 2>&1)
    status=$?
}
# The verdict of the next report, and whether a jq expression is true of it.
verdict_is() { mon "$1" --json; [ "$(jq -r .verdict <<<"$out")" = "$2" ]; }
json() { jq -r "$1" <<<"$out"; }
# A session that takes lines on descriptor $1 as the application $2; its pid is in the table pids.
open_session() { # descriptor name database
    mkfifo "$work/$2"
    pg_psql "$3" <"$work/$2" >/dev/null 2>"$work/$2.err" &
    eval "exec $1>\"\$work/$2\""
    rm "$work/$2"
    echo "SET application_name = '$2';" >&"$1"
}
# Ends it, also where another session of this test has inherited the descriptor.
close_session() { # descriptor name
    (echo '\q' >&"$1") 2>/dev/null
    eval "exec $1>&-"
    await 20 is_gone "$2"
}
is_gone() { [ -z "$(pid_of "$1")" ]; }
pid_of() { sql postgres "SELECT pid FROM pg_stat_activity WHERE application_name = '$1'"; }
# Whether that session waits for a lock.
waits() { [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = '$1' AND wait_event_type = 'Lock'")" = 1 ]; }
is_state() { [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = '$1' AND state = '$2' AND query LIKE '%$3%'")" = 1 ]; }

# --- nothing ----------------------------------------------------------------------------

pg_create db
mon db
is "$status" 19 'an empty database: nothing is migrating'
like "$out" '^verdict: nothing is migrating$' 'in words'
"$airshift" migrate --url "$(pg_url db)" --to 2.11.2 --progress none >/dev/null 2>&1
pg_psql db <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 hour', 'r' || n, 'manual', 0, 100 FROM generate_series(1, 4000) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't' || k, 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0 FROM generate_series(1, 4000) n, generate_series(1, 5) k;
ANALYZE;
CREATE TABLE users_own (id integer);
SQL
mon db --json
is "$status $(json '"\(.verdict) \(.revision) \(.sessions | length)"')" '19 nothing 5f2621c13b39 0' 'JSON, with the revision'

# --- Airflow's way of migrating: one session has the lock, another one works ----------------

open_session 7 holder db
echo 'BEGIN; SELECT pg_advisory_lock(1);' >&7
await 20 is_state holder 'idle in transaction' advisory
mon db
is "$status" 17 'a migration whose program does nothing is idle'
like "$out" "has Airflow's migration lock: pid $(pid_of holder) holder \(postgres at 127.0.0.1\), idle in transaction" 'the session is named'
like "$out" 'because: none of its sessions executes a statement' 'with the evidence'

# A tree: the migration waits for B, which waits for A.
open_session 8 blocker db
echo "BEGIN; SELECT count(*) FROM task_instance WHERE task_id = 'a secret ''value' AND try_number = 4711;" >&8
await 20 is_state blocker 'idle in transaction' secret
open_session 9 worker db
echo 'BEGIN; SELECT * FROM alembic_version; ALTER TABLE task_instance ADD COLUMN monitored integer;' >&9
await 20 waits worker
await 20 verdict_is db waiting
is "$status" 16 'a migration behind a lock waits'
blocker=$(pid_of blocker) worker=$(pid_of worker)
mon db
like "$out" "^verdict: waiting for pid $blocker, which is idle in transaction\$" 'for whom, in words'
like "$out" "because: pid $worker waits for AccessExclusiveLock on task_instance in both looks" 'for what'
like "$out" "migrates: pid $worker worker .*ALTER TABLE task_instance ADD COLUMN monitored integer" 'the working session is known by its locks'
like "$out" "\`- pid $blocker blocker \(postgres at 127.0.0.1\), idle in transaction .*has AccessShareLock on task_instance: SELECT" 'below it who is in its way'
like "$out" "do: pid $blocker: may be ended, only its open transaction is taken back: SELECT pg_terminate_backend\($blocker\)" 'a plain idle transaction may be ended'
unlike "$out" "terminate_backend\(($worker|$(pid_of holder))\)" 'a session of the migration is never to be ended'
unlike "$out" 'secret|4711' 'literals of a query are not shown'
like "$out" 'task_id = \? AND try_number = \?' 'but the query is'
mon db --json
is "$(json ".sessions[] | select(.pid == $worker) | \"\(.part) \(.ending) \(.blocked_by | join(\" \"))\"")" "work never $blocker" 'the same as JSON'
is "$(json ".sessions[] | select(.pid == $blocker) | \"\(.part) \(.kind) \(.ending)\"")" 'none client safe' 'and the blocker'
is "$(json '.sessions[] | select(.part == "lock") | .ending')" never 'nor is the one with the lock ended'
like "$(json ".sessions[] | select(.pid == $worker) | .seen")" 'Lock/relation [0-9]+ of [0-9]+' 'what the samples saw'

# A second level, and a victim behind the migration.
echo 'COMMIT; BEGIN; LOCK users_own;' >&8
await 20 is_state blocker 'idle in transaction' users_own
await 20 is_state worker 'idle in transaction' monitored
echo 'COMMIT; BEGIN; LOCK alembic_version IN ROW EXCLUSIVE MODE; LOCK TABLE log_template; ' >&9
await 20 is_state worker 'idle in transaction' log_template
pg_psql db -c "SET application_name = 'victim'" -c 'SELECT count(*) FROM log_template' >/dev/null 2>&1 &
victim=$!
await 20 waits victim
pg_psql db -c "SET application_name = 'middle'" -c 'BEGIN' -c 'LOCK dag_run' -c 'LOCK users_own' -c 'COMMIT' >/dev/null 2>&1 &
middle=$!
await 20 waits middle
echo 'ALTER TABLE dag_run ADD COLUMN monitored integer;' >&9
await 20 waits worker
await 20 verdict_is db waiting
mon db
is "$status" 16 'a tree of two'
like "$out" "^verdict: waiting for pid $blocker," 'the one at the end of it is to blame'
like "$(tr '\n' '~' <<<"$out")" "\`- pid $(pid_of middle) middle.*~ +\`- pid $blocker blocker" 'both are in the tree, in this order'
like "$(grep -A1 -e '- pid [0-9]* middle' <<<"$out")" 'it waits itself' 'the one between is not to be ended first'
like "$out" '1 other session waits for the migration' 'who waits for the migration is no blocker'
like "$out" "do: pid $blocker: may be ended" 'what to do'
close_session 8 blocker
wait "$middle"
is $? 0 'it is free again'
await 20 is_state worker 'idle in transaction' 'ALTER TABLE dag_run'

# A statement that works and writes nothing; then one that writes.
echo "SELECT count(*) FROM generate_series(1, 20000) a, generate_series(1, 20000) b;" >&9
await 20 is_state worker active generate_series
await 20 verdict_is db slow
is "$status" 15 'a scan that writes nothing is slow'
like "$(json '.because | join(" ")')" "pid $worker executes one statement for [0-9:]+: SELECT count" 'since when'
like "$(json '.do | join(" ")')" 'do not end its sessions' 'and is left alone'
sql postgres "SELECT pg_cancel_backend($worker)" >/dev/null
close_session 9 worker
wait "$victim"
open_session 9 writer db
echo 'BEGIN; LOCK alembic_version IN ROW EXCLUSIVE MODE;
    INSERT INTO users_own SELECT a FROM generate_series(1, 20000) a, generate_series(1, 20000) b;' >&9
await 20 is_state writer active users_own
await 20 verdict_is db moving
is "$status" 0 'one that writes is moving'
like "$(json '.because | join(" ")')" 'size of the database: .* more|write-ahead log: .* more' 'because something grows'
sql postgres "SELECT pg_cancel_backend($(pid_of writer))" >/dev/null
close_session 9 writer

# One that goes from statement to statement.
open_session 9 worker db
(echo 'BEGIN; LOCK alembic_version IN ROW EXCLUSIVE MODE;'; yes "SELECT 'x' FROM pg_sleep(0.02);" | head -n 400) >&9 &
feeder=$!
await 20 is_state worker active pg_sleep
mon db --json
is "$status $(json .verdict)" '0 moving' 'one that goes from statement to statement moves'
like "$(json '.because | join(" ")')" 'went on to another statement' 'with that as the evidence'
kill "$feeder" 2>/dev/null
wait "$feeder" 2>/dev/null
sql postgres "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker'" >/dev/null
exec 9>&-
await 20 is_gone worker

# In line behind another migration.
pg_psql db -c "SET application_name = 'second'" -c 'SELECT pg_advisory_lock(1)' >/dev/null 2>&1 &
second=$!
await 20 waits second
mon db
is "$status" 17 'a second migration does not hide that the first is idle'
like "$out" "waits for its turn to migrate: pid $(pid_of second) second" 'it is named'
like "$out" 'a second migration|another migration, waits for its turn' 'as what it is'
close_session 7 holder
wait "$second"

# A prepared transaction.
open_session 7 holder2 db
echo "BEGIN; LOCK dag; PREPARE TRANSACTION 'two-phase';" >&7
is_prepared() { [ "$(sql db 'SELECT count(*) FROM pg_prepared_xacts')" = 1 ]; }
await 20 is_prepared
open_session 9 worker db
echo 'BEGIN; LOCK alembic_version IN ROW EXCLUSIVE MODE; ALTER TABLE dag ADD COLUMN monitored integer;' >&9
await 20 waits worker
await 20 verdict_is db waiting
mon db
like "$status $out" 'verdict: waiting for a prepared transaction' 'a prepared transaction in the way'
like "$out" "do: a prepared transaction, .*ROLLBACK PREPARED 'two-phase'" 'and what ends it'
sql db "ROLLBACK PREPARED 'two-phase'"
close_session 9 worker
close_session 7 holder2
pg_psql db -c 'ALTER TABLE task_instance DROP COLUMN monitored' -c 'ALTER TABLE dag_run DROP COLUMN IF EXISTS monitored' -c 'DROP TABLE users_own'

# A role that may not see the others is told so.
sql db "CREATE ROLE nobody LOGIN; GRANT SELECT ON alembic_version TO nobody" >/dev/null
open_session 7 blocker2 db
echo 'BEGIN; SELECT count(*) FROM dag;' >&7
await 20 is_state blocker2 'idle in transaction' dag
open_session 9 worker db
echo 'BEGIN; LOCK alembic_version IN ROW EXCLUSIVE MODE; ALTER TABLE dag ADD COLUMN monitored integer;' >&9
await 20 waits worker
out=$("$airshift" monitor --url "postgresql://nobody@127.0.0.1:$PGT_PORT/db" --interval 0.5 2>&1)
like "$out" "pid $(pid_of blocker2).*" 'a role without rights sees who'
like "$out" 'what it does is not shown to this role' 'and is told what it may not see'
close_session 7 blocker2
close_session 9 worker

# One that blocks itself: the session with the lock has read a table and is idle, because its
# program waits for the other session.
open_session 7 one db
echo "SET application_name = 'twin'; BEGIN; SELECT pg_advisory_lock(1); SELECT count(*) FROM dag;" >&7
await 20 is_state twin 'idle in transaction' dag
one=$(pid_of twin)
open_session 9 two db
named() { [ -n "$(pid_of "$1")" ]; }
await 20 named two
two=$(pid_of two)
echo "SET application_name = 'twin';" >&9
await 20 is_state twin idle twin
mon db --json
is "$status $(json ".sessions[] | select(.pid == $two) | .part")" '17 work' 'a session of the same program that was opened after the one with the lock'
echo 'ALTER TABLE dag ADD COLUMN monitored integer;' >&9
await 20 waits twin
await 20 verdict_is db waiting
like "$(json .sentence)" "waiting for pid $one, which is of the same migration and idle: it blocks itself" 'a migration that blocks itself'
unlike "$out" 'may be ended' 'nobody is to be ended for that'
like "$(json '.do | join(" ")')" 'stop its program' 'but its program'
echo 'ROLLBACK; SELECT pg_advisory_unlock(1);' >&7
await 20 is_state twin idle 'ALTER TABLE dag'
echo "ALTER TABLE dag DROP COLUMN monitored; SET application_name = 'two';" >&9
echo "SET application_name = 'one';" >&7
await 20 is_gone twin
close_session 7 one
close_session 9 two

# An autovacuum that must not be ended: it is slow on purpose, and the transaction IDs run out.
pg_psql db <<'SQL'
CREATE TABLE old_rows WITH (autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)
    AS SELECT g, repeat('x', 500) AS filler FROM generate_series(1, 20000) g;
ALTER SYSTEM SET autovacuum_naptime = 1;
DO $$ BEGIN FOR n IN 1..100100 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$;
SELECT pg_reload_conf() \g /dev/null
SQL
freezes() { [ "$(sql db "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'autovacuum: %old_rows (to prevent wraparound)'")" = 1 ]; }
await 90 freezes
is $? 0 'an autovacuum to prevent the wraparound'
open_session 9 worker db
echo 'BEGIN; LOCK alembic_version IN ROW EXCLUSIVE MODE; ALTER TABLE old_rows ADD COLUMN monitored integer;' >&9
await 20 waits worker
await 20 verdict_is db waiting
is "$(json '[.sessions[] | select(.kind == "wraparound") | .ending] | join(" ")')" never 'it is never to be ended'
like "$(json '.do | join(" ")')" 'never end it: this autovacuum keeps the server from running out' 'and that is said'
unlike "$(json '.do | join(" ")')" 'pg_terminate_backend' 'with no statement that would'
sql db "SELECT pg_cancel_backend($(pid_of worker))" >/dev/null
close_session 9 worker
sql db 'ALTER SYSTEM RESET autovacuum_naptime' && sql db 'SELECT pg_reload_conf()' >/dev/null
sql db "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%(to prevent wraparound)'" >/dev/null
sql db 'DROP TABLE old_rows'

# A revision that is applied in part, which nobody remembers.
pg_create half
"$airshift" migrate --url "$(pg_url half)" --to 3bda03debd04 --progress none >/dev/null 2>&1
mon half
is "$status" 19 'a whole database'
sql half "ALTER TABLE dag_bundle DROP COLUMN template_params; UPDATE alembic_version SET version_num = 'f56f68b9e02f'"
mon half --json
is "$status $(json .verdict)" '18 broken' 'a revision that is applied in part'
like "$(json '.because | join(" ")')" '3bda03debd04 .*is applied in part: 1 of its 2 changes' 'which one, and how far'
like "$(json '.do | join(" ")')" 'do not run .airflow db migrate. again before' 'and what not to do'

# --- airshift's own -------------------------------------------------------------------------

migrate() { "$airshift" migrate --url "$(pg_url db)" --to 3.3.2 --progress none; }
AIRSHIFT_TEST_KILL_AT=begin:after migrate >/dev/null 2>&1
is $? 137 'a migration of airshift is killed'
await 20 verdict_is db broken
is "$status" 18 'it is broken off half-way'
like "$(json '.because | join(" ")')" 'a run from .* to 3.3.2 is recorded' 'with the evidence'
like "$(json '.do | join(" ")')" 'airshift migrate. goes on from there' 'and what to do'
open_session 8 other db
echo "BEGIN; LOCK airshift.job_range IN SHARE MODE;" >&8
await 20 is_state other 'idle in transaction' job_range
migrate >"$work/migrate" 2>&1 &
migration=$!
await 60 verdict_is db waiting
is "$status" 16 'airshift behind a lock waits'
mon db
like "$out" "verdict: waiting for pid $(pid_of other), which is idle in transaction" 'for whom'
like "$out" 'migration from .* to 3.3.2, begun .*: [0-9]+ of [0-9]+ jobs done' 'with how far it is'
is "$(mon db --json; json '[.sessions[] | select(.part == "airshift") | .ending] | unique | join(" ")')" never 'its sessions are not to be ended'
: >"$work/watch"
"$airshift" monitor --url "$(pg_url db)" --interval 0.2 --watch --json >"$work/watch" 2>&1 &
watcher=$!
await 20 grep -q waiting "$work/watch"
close_session 8 other
wait "$migration"
is $? 0 'the migration ends'
wait "$watcher"
is $? 0 'a watch ends with it, well'
is "$(jq -r .verdict "$work/watch" | sed -n '1p;$p' | paste -sd' ')" 'waiting nothing' 'from waiting to nothing'

# --- the real one ---------------------------------------------------------------------------

if airflow_env 2.11.2 >/dev/null; then
    pg_create real
    "$airshift" migrate --url "$(pg_url real)" --to 2.6.2 --progress none >/dev/null 2>&1
    open_session 8 blocker real
    echo 'BEGIN; SELECT count(*) FROM dag_run; SELECT count(*) FROM task_instance;' >&8
    await 20 is_state blocker 'idle in transaction' task_instance
    AIRFLOW_WORK=$work AIRFLOW_TIMEOUT=120 airflow_run 2.11.2 "$(pg_url real)" db migrate >"$work/airflow.log" 2>&1 &
    airflow=$!
    await 90 verdict_is real waiting
    is "$status" 16 'the real airflow db migrate behind a lock waits'
    mon real
    like "$out" "verdict: waiting for pid $(pid_of blocker), which is idle in transaction" 'for whom'
    like "$out" "has Airflow's migration lock: pid [0-9]+ " 'its session with the lock is known'
    like "$out" 'migrates: pid [0-9]+ .*(ALTER|CREATE|DROP) ' 'and the one that works'
    unlike "$(sed -n '/^ *. do:/p' <<<"$out")" 'do: pid ([0-9]+): never' 'what to do is about the blocker'
    like "$out" "do: pid $(pid_of blocker): may be ended" 'which may be ended'
    echo 'ROLLBACK;' >&8
    wait "$airflow"
    is $? 0 'it ends when the lock is free'
    airflow=
    mon real
    is "$status" 19 'and nothing is migrating any more'
    is "$("$airshift" check --url "$(pg_url real)" --to 2.11.2 | cut -d' ' -f1-3)" 'at 2.11.2 (5f2621c13b39)' 'at the new version'
else
    skip 'the real airflow db migrate' 'Airflow 2.11.2 cannot be installed here'
fi

out=$("$airshift" monitor --url "$(pg_url db)" --interval 0 2>&1)
like "$? $out" '^2 .*0.1 to 3600' 'no interval'
out=$("$airshift" monitor --url "$(pg_url none)" 2>&1)
like "$? $out" '^4 ' 'no such database'
finish_tests
