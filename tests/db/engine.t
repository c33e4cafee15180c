#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# engine.t - the engine against a real PostgreSQL in a temporary directory: every row exactly
# once whatever is killed, bad rows, locks, signals. TAP on stdout.
#
# ENGINE_DRIVER names the driver (default: next to the build directory's tests/db), PG_CONFIG
# the pg_config of the server to use, ENGINE_TEST_PORT the port (and the next one a standby's).
# Exit code 77 without a server.
# It waits for conditions, each with a deadline; where it picks a moment at random, any
# moment must do.

set -u
driver=${ENGINE_DRIVER:-${top_builddir:-.}/tests/db/engine_driver}
port=${ENGINE_TEST_PORT:-55520}
bin=$("${PG_CONFIG:-pg_config}" --bindir 2>/dev/null) || bin=
if [ ! -x "$bin/initdb" ] || [ ! -x "$driver" ]; then
    echo "1..0 # SKIP no PostgreSQL server or no driver"
    exit 77
fi
# The server's messages are compared; the rest of the environment does not matter.
export LC_ALL=C PGHOST PGPORT=$port PGUSER=postgres PGDATABASE=engine
unset PGPASSWORD PGSERVICE PGOPTIONS

dir=$(mktemp -d "${TMPDIR:-/tmp}/airshift-engine.XXXXXX")
PGHOST=$dir
url="postgresql://postgres@/engine?host=$dir&port=$port"
as_server() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as_server() { runuser -u postgres -- "$@"; }
fi
ctl() {
    as_server "$bin/pg_ctl" -D "$dir/data" -w -t 120 -l "$dir/server.log" \
        -o "-p $port -k '$dir' -c listen_addresses= -c fsync=off -c wal_level=replica" \
        "$@" >"$dir/ctl.log" 2>&1
}
standby() {
    as_server "$bin/pg_ctl" -D "$dir/standby" -w -t 60 -l "$dir/standby.log" \
        -o "-p $((port + 1)) -k '$dir' -c listen_addresses= -c fsync=off" \
        "$@" >"$dir/ctl.log" 2>&1
}
locker=
driver_pid=
cleanup() {
    [ -z "$driver_pid" ] || kill -9 "$driver_pid" 2>/dev/null
    [ ! -d "$dir/standby" ] || standby -m immediate stop
    ctl -m immediate stop
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

count=0
failed=0
ok() { # description, status
    count=$((count + 1))
    if [ "$2" = 0 ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        failed=1
        sed 's/^/# /' "$dir/out" 2>/dev/null | tail -n 20
    fi
}
is() { # description, got, wanted
    local status=0
    [ "$2" = "$3" ] || status=1
    [ $status = 0 ] || echo "# got \"$2\", wanted \"$3\""
    ok "$1" $status
}
says() { # description, pattern in the driver's output
    local status=0
    grep -Eq -- "$2" "$dir/out" || status=1
    ok "$1" $status
}
bail() {
    sed 's/^/# /' "$dir/out" 2>/dev/null | tail -n 20
    echo "Bail out! ${1//$'\n'/ }"
    exit 1
}
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }

# Waits in the server until the condition holds; without a lasting snapshot, which CREATE
# INDEX CONCURRENTLY would wait for in turn.
wait_sql() {
    sql -c "DO \$\$ BEGIN
        FOR i IN 1..6000 LOOP
            PERFORM pg_stat_clear_snapshot();
            IF ($1) THEN RETURN; END IF;
            COMMIT;
            PERFORM pg_sleep(0.01);
            COMMIT;
        END LOOP;
        RAISE 'waited in vain for: %', \$q\$$1\$q\$;
    END \$\$" || bail "waited in vain for: $1"
}
wait_text() { # pattern in the driver's output
    local end=$((SECONDS + 60))
    until grep -Eq -- "$1" "$dir/out"; do
        if [ $SECONDS -gt $end ]; then
            bail "waited in vain for: $1"
        fi
        read -r -t 0.02 <>"$dir/never" || true
    done
}
start() { # driver options
    set -m # else the shell has SIGINT ignored in what it runs in the background
    "$driver" "$url" "$@" >"$dir/out" 2>&1 &
    driver_pid=$!
    set +m
}
finish() { # -> $status
    wait "$driver_pid" 2>/dev/null
    status=$?
    driver_pid=
}
run() {
    start "$@"
    finish
}

# An interactive session that can hold locks while the test goes on.
locker_open() {
    mkfifo "$dir/locker"
    PGAPPNAME=locker psql -XqAt <"$dir/locker" >"$dir/locker.out" 2>&1 &
    locker=$!
    exec 8>"$dir/locker"
    rm "$dir/locker"
}
locker_close() {
    exec 8>&-
    wait "$locker"
    locker=
}

forget() { # what has been done, but not the sources
    sql -c "DROP SCHEMA IF EXISTS airshift CASCADE" \
        -c "DROP TABLE IF EXISTS dst_a, dst_b, dst_native, quarantine" \
        -c "TRUNCATE started, finished" 2>/dev/null
}
fresh() {
    sql -c "DROP SCHEMA IF EXISTS airshift CASCADE" \
        -c "DROP TABLE IF EXISTS dst_a, dst_b, dst_native, quarantine, src_a, src_b,
            started, finished" \
        -c "CREATE TABLE src_a AS SELECT i AS id, i::text AS number, repeat('x', 50) AS note
            FROM generate_series(1, 150000) AS i" \
        -c "CREATE TABLE src_b AS SELECT i AS id, i::text AS number, repeat('y', 50) AS note
            FROM generate_series(1, 20000) AS i" \
        -c "ANALYZE src_a, src_b" -c "CREATE TABLE started (what text)" -c "CREATE TABLE finished (n int)" 2>/dev/null
}
# Rows, ids, sum and texts of all targets, and how often each once-only thing happened.
good="150000|150000|11250075000|150000|20000|20000|20000|200010000|2|1|2"
content() {
    sql -c "SELECT (SELECT count(*) FROM dst_a), (SELECT count(DISTINCT id) FROM dst_a),
        (SELECT sum(number) FROM dst_a),
        (SELECT count(*) FROM dst_a JOIN src_a USING (id)
         WHERE dst_a.note = md5(src_a.note || id)),
        (SELECT count(*) FROM dst_b), (SELECT count(DISTINCT id) FROM dst_b),
        (SELECT rows FROM dst_native), (SELECT sum FROM dst_native),
        (SELECT count(*) FROM started), (SELECT count(*) FROM finished),
        (SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text
         LIKE 'dst_%_note')"
}
idle="NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'airshift:%')"

mkfifo "$dir/never"
as_server "$bin/initdb" -D "$dir/data" -A trust -U postgres >"$dir/init.log" 2>&1
ctl start || { cat "$dir/ctl.log" "$dir/server.log"; echo "Bail out! no server"; exit 1; }
sql -d postgres -c "CREATE DATABASE engine"

# --- an undisturbed run, and one more
fresh
run
is "a run ends well" $status 0
is "every row once" "$(content)" "$good"
is "the state says so" "$(sql -c "SELECT count(*), count(finished) FROM airshift.job")" "9|9"
is "rows of a table's ranges are summed up" \
    "$(sql -c "SELECT rows FROM airshift.job WHERE id = 'copy a'")" 150000
is "ranges touch and do not overlap" "$(sql -c "SELECT count(*) FROM (SELECT lo, lag(hi)
    OVER (PARTITION BY job ORDER BY lo) AS before FROM airshift.job_range) AS r
    WHERE lo <> coalesce(before, 0)")" 0
run json=1
is "a second run ends well" $status 0
is "and does nothing" "$(content)" "$good"

# --- blocks that were appended after planning, JSON
fresh
sql -c "UPDATE src_a SET note = note WHERE id <= 20000"
run range_bytes=131072 json=1 workers=1
is "one worker, small ranges" "$status $(content)" "0 $good"
says "progress as JSON" '^\{"event":"progress","table":"src_a","phase":"copy"'

# --- kill -9 of the tool at random moments
# By progress, not by the clock: a fast machine would be done before the fifth time.
fresh
kills=0 ranges=0
while [ $kills -lt 15 ]; do
    start range_bytes=131072 slow=0.2 workers=1
    wait_sql "to_regclass('airshift.job_range') IS NOT NULL"
    wait_sql "(SELECT count(*) FROM airshift.job_range) > $((ranges + RANDOM % 4))
        OR (SELECT count(*) FROM finished) > 0"
    if kill -9 "$driver_pid" 2>/dev/null; then
        kills=$((kills + 1))
    fi
    finish
    ranges=$(sql -c "SELECT count(*) FROM airshift.job_range")
    echo "# killed at $ranges ranges"
    [ "$(sql -c "SELECT count(*) FROM finished")" = 0 ] || break
done
run range_bytes=131072
is "kill -9 struck several times" $((kills > 4)) 1
is "after kill -9 a run ends well" $status 0
is "and every row is there once" "$(content)" "$good"

# --- kill -9 while a statement runs on in the server
fresh
start slow=30
wait_sql "EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%'
    AND state = 'active' AND application_name LIKE 'airshift: worker%')"
kill -9 "$driver_pid"
finish
before=$SECONDS
run
is "a statement left behind by kill -9 is ended" "$status $(content)" "0 $good"
is "and not waited for" $((SECONDS - before < 20)) 1

# --- the server goes away
fresh
start range_bytes=131072
wait_sql "to_regclass('airshift.job_range') IS NOT NULL"
wait_sql "(SELECT count(*) FROM airshift.job_range) > 5"
ctl -m immediate restart
finish
is "an immediate restart of the server is survived" "$status $(content)" "0 $good"
says "and told" "reconnecting"

fresh
start range_bytes=131072
wait_sql "to_regclass('airshift.job_range') IS NOT NULL"
for target in 10 20 30; do
    wait_sql "(SELECT count(*) FROM airshift.job_range) > $target"
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'airshift: worker $((target / 10))'" >"$dir/dropped"
done
finish
is "sessions that are ended one by one are survived" "$status $(content)" "0 $good"

fresh
start range_bytes=131072
wait_sql "to_regclass('airshift.job_range') IS NOT NULL"
wait_sql "(SELECT count(*) FROM airshift.job_range) > 20"
kill -9 "$(sql -c "SELECT pid FROM pg_stat_activity
    WHERE application_name = 'airshift: worker 2'")"
finish
is "a crash of the server is survived" "$status $(content)" "0 $good"

fresh
start range_bytes=131072 give_up=2
wait_sql "to_regclass('airshift.job_range') IS NOT NULL"
wait_sql "(SELECT count(*) FROM airshift.job_range) > 5"
ctl -m immediate stop
finish
is "a server that stays away is given up" $status 10
says "and named" "not to be reached"
ctl start
run
is "the next run goes on" "$status $(content)" "0 $good"

# --- bad rows
fresh
sql -c "UPDATE src_a SET number = 'bad' WHERE id IN (77777)"
sql -c "VACUUM src_a"
run
is "a bad row ends the run" $status 8
says "table and key are named" 'table "src_a": row id=77777, number=bad cannot be converted'
says "and the server's reason" 'invalid input syntax for type bigint: "bad"'
says "and what to do" "--quarantine"
# A corrected row may stand where a range is done already: the caller begins anew.
forget
sql -c "UPDATE src_a SET number = '77777' WHERE id = 77777"
run
is "the row corrected, a new run ends well" "$status $(content)" "0 $good"

fresh
sql -c "UPDATE src_a SET number = 'bad' WHERE id IN (3, 77777, 149999)"
sql -c "UPDATE src_b SET number = 'bad' WHERE id = 20000"
run
is "bad rows of two tables end the run" $status 8
says "they are counted" 'table "src_a": 3 rows cannot be converted, one is row id=[0-9]+, number=bad'
says "in each table" 'table "src_b": row id=20000, number=bad cannot be converted'
is "and nothing more is built" "$(sql -c "SELECT count(*) FROM airshift.job
    WHERE finished IS NOT NULL AND id NOT IN ('create', 'native')")" 0
fresh
sql -c "UPDATE src_a SET number = 'bad' WHERE id % 1000 = 1"
run
says "at a hundred it stops looking" '100 or more rows cannot be converted'

fresh
sql -c "UPDATE src_a SET number = 'bad' WHERE id = 77777"
run
is "another bad row ends the run" $status 8
run quarantine=1
is "with quarantine the next run goes on" "$status $(sql -c "SELECT count(*) FROM dst_a")" \
    "0 149999"

fresh
sql -c "UPDATE src_a SET number = 'bad' WHERE id = 77777"
sql -c "UPDATE src_a SET number = 'worse' WHERE id IN (5, 6, 50000)"
run quarantine=1
is "with quarantine it ends well" $status 0
is "the rows are set aside" \
    "$(sql -c "SELECT id, number FROM quarantine ORDER BY id" | paste -sd' ')" \
    "5|worse 6|worse 50000|worse 77777|bad"
is "the others are there" "$(sql -c "SELECT count(*), count(DISTINCT id) FROM dst_a")" \
    "149996|149996"
says "counted" 'table "src_a": 4 rows were set aside'
says "the caller is asked for another graph" '^incomplete$'
is "what comes after the copies is left" "$(sql -c "SELECT count(*) FROM finished")" 0
is "the reason is kept" "$(sql -c "SELECT count(*) FROM quarantine WHERE reason LIKE 'invalid input%'")" 4
says "and listed" "row id=77777, number=bad was set aside: invalid input"

fresh
sql -c "INSERT INTO src_a SELECT * FROM src_a WHERE id = 4711"
run
is "a row that breaks a constraint of a job" $status 8
says "is named" 'table "src_a": index "primary key": .*Key \(id\)=\(4711\) is duplicated'

# --- locks
fresh
locker_open
echo "BEGIN; LOCK TABLE src_a;" >&8
wait_sql "EXISTS (SELECT FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock'
    AND relation = 'src_a'::regclass)"
run lock_timeout=0.5 give_up=3
is "a lock that is not to be had ends the run" $status 6
says "with the blocker's name" "held by pid [0-9]+ \(locker, user postgres, idle in tr"
start lock_timeout=0.5 give_up=60
wait_text "canceling statement due to lock timeout, held by pid [0-9]+ \(locker"
echo "ROLLBACK;" >&8
finish
is "once it is free the run goes on" "$status $(content)" "0 $good"

# --- CREATE INDEX CONCURRENTLY that is cut off leaves nothing behind
fresh
echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;" >&8
wait_sql "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'locker'
    AND backend_xmin IS NOT NULL)"
start
wait_sql "EXISTS (SELECT FROM pg_index WHERE NOT indisvalid
    AND indexrelid::regclass::text = 'dst_a_note')"
wait_sql "EXISTS (SELECT FROM pg_stat_progress_create_index
    WHERE phase = 'waiting for old snapshots')"
kill -9 "$driver_pid"
finish
echo "ROLLBACK;" >&8
run
is "an index that was cut off is built anew" "$status $(content)" "0 $good"
locker_close

# --- signals
for signal in INT TERM; do
    fresh
    start slow=20
    wait_sql "EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%'
        AND state = 'active' AND application_name LIKE 'airshift: worker%')"
    before=$SECONDS
    kill -$signal "$driver_pid"
    finish
    is "SIG$signal stops the run" $status 11
    is "SIG$signal cancels what runs" $((SECONDS - before < 10)) 1
    says "SIG$signal: it can go on" "goes on from there"
    is "SIG$signal leaves no session at work" "$(sql -c "SELECT count(*) FROM pg_stat_activity
        WHERE application_name LIKE 'airshift: worker%' AND state <> 'idle'")" 0
    run
    is "SIG$signal: the next run goes on" "$status $(content)" "0 $good"
done

# --- sessions of others
fresh
sessions=()
for _ in 1 2 3; do
    sql -c "SELECT pg_sleep(600)" >"$dir/slept" 2>&1 &
    sessions+=($!)
done
wait_sql "(SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%' AND state = 'active') = 3"
start max_sessions=2
wait_text "paused: waits for the server: [0-9]+ sessions of others are at work, limit 2"
is "nothing is begun while others have much to do" "$(sql -c "SELECT count(started) FROM airshift.job")" 0
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%'" >"$dir/dropped"
finish
is "when they have ended the run goes on" "$status $(content)" "0 $good"
wait "${sessions[@]}"

# --- the lag of replicas
fresh
run max_lag=5
is "no replica, no lag" "$status $(content)" "0 $good"
sql -c "CREATE ROLE app LOGIN" -c "ALTER DATABASE engine OWNER TO app" \
    -c "GRANT ALL ON SCHEMA public TO app"
mkdir "$dir/wal"
"$bin/pg_receivewal" -D "$dir/wal" --no-loop >"$dir/wal.log" 2>&1 &
receiver=$!
wait_sql "EXISTS (SELECT FROM pg_stat_replication)"
sql -c "DROP SCHEMA airshift CASCADE" 2>"$dir/dropped"
url="postgresql://app@/engine?host=$dir&port=$port" run max_lag=5
is "lag that may not be seen is not taken for none" $status 7
says "and said" "lag of the replicas is not visible"
kill "$receiver"
wait "$receiver"

url="postgresql://postgres@/engine?host=$dir&port=$port"
if as_server "$bin/pg_basebackup" -D "$dir/standby" -R -c fast >"$dir/backup.log" 2>&1 &&
    standby start; then
    fresh
    sql -p $((port + 1)) -c "SELECT pg_wal_replay_pause()" >"$dir/dropped"
    sql -c "CREATE TABLE dropped (n int)" -c "DROP TABLE dropped"
    wait_sql "(SELECT max(replay_lag) FROM pg_stat_replication) > '1 s'"
    start max_lag=1
    wait_text "paused: waits for the replicas: [0-9.]+ s behind, limit 1.0 s"
    is "nothing is begun while a replica lags" \
        "$(sql -c "SELECT count(started) FROM airshift.job")" 0
    sql -p $((port + 1)) -c "SELECT pg_wal_replay_resume()" >"$dir/dropped"
    finish
    is "when it has caught up the run goes on" "$status $(content)" "0 $good"
    standby -m immediate stop
else
    ok "a standby to look at the lag of" 1
fi

wait_sql "$idle"
echo "1..$count"
exit $failed
