#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# clean.t - airshift clean: old rows go and are in the archive, each once, and nothing else goes;
# also when it is killed in the middle, finds locks, or rows that other rows need. That it takes
# what Airflow's own takes is tests/oracle/clean.sh. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin clean
mounted=
trap 'exec 7>&- 8>&- 9>&-; touch "$work/enough"; [ -z "$mounted" ] || umount "$mounted"; pg_test_end' EXIT
# shellcheck disable=SC2119 # no settings of its own
pg_start || exit 1

sql() { pg_psql "$1" -At -c "$2"; }
quiet() { PGOPTIONS='-c client_min_messages=warning' pg_psql "$1" -q -c "$2"; }
# clean DATABASE [ARG ...]: output on one line in $out, exit code in $status.
clean() {
    local database=$1
    shift
    out=$(timeout 120 "$airshift" clean --url "${url:-$(pg_url "$database")}" --progress none "$@" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
copy() { # copy FROM TO, which may be there
    pg_sessions_gone "$1" && quiet postgres "DROP DATABASE IF EXISTS $2 WITH (FORCE)" && quiet postgres "CREATE DATABASE $2 TEMPLATE $1"
}
# A line for each table: rows, and a sum over them that has no order.
sums() {
    sql "$1" "SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %I t;', c.oid::regclass, c.relname)
        FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname" | pg_psql "$1" -At -f -
}
# What the archive holds, on top of what was left, in a new database.
restored() { # restored DATABASE DIRECTORY: sums
    copy "$1" back || return 1
    for file in "$2"/*; do
        case $file in
        *.sql.zst) { echo 'SET session_replication_role = replica;' && zstd -dcq "$file"; } | pg_psql back -q -f - >/dev/null || return 1 ;;
        *) echo "$file is no archive" ;;
        esac
    done
    sums back
}
left() { sql "$1" "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'"; }

# Rows by the hour from 2026-01-01 on, 40 days of them; the cut is in the middle.
before='2026-01-20 12:00:00+00'
shown=${before/+/[+]}
for version in 2.11.2 3.3.2; do
    db=v${version//./}
    pg_create "$db"
    "$airshift" migrate --url "$(pg_url "$db")" --to "$version" --progress none >/dev/null 2>&1
    pg_psql "$db" -q <<'SQL'
SET session_replication_role = replica;
SELECT format('ALTER TABLE %I ALTER %I SET DEFAULT %L;', table_name, column_name, CASE data_type WHEN 'boolean' THEN 'f' WHEN 'jsonb' THEN '{}' WHEN 'json' THEN '{}'
        WHEN 'timestamp with time zone' THEN '2026-01-01' WHEN 'uuid' THEN '0199a000-0000-7000-8000-000000000000' ELSE '1' END)
    FROM information_schema.columns WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'
     AND table_name IN ('task_instance', 'dag_run', 'xcom', 'log', 'job', 'task_reschedule', 'dag', 'dag_version', 'rendered_task_instance_fields', 'dag_run_note', 'dag_tag') \gexec
INSERT INTO dag (dag_id, last_parsed_time) SELECT 'd' || n, '2026-03-01' FROM generate_series(0, 9) n;
INSERT INTO dag (dag_id, last_parsed_time) VALUES ('gone', '2026-01-05');
INSERT INTO dag_tag (name, dag_id) VALUES ('t', 'gone'), ('t', 'd1');
SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'dag_run' AND column_name = 'external_trigger') AS is_two \gset
\if :is_two
ALTER TABLE dag_run ALTER execution_date DROP NOT NULL, ALTER execution_date SET DEFAULT NULL;
\endif
INSERT INTO dag_run (dag_id, run_id, run_type, start_date, state) SELECT 'd' || n % 10, 'r' || n, CASE WHEN n % 7 = 0 THEN 'manual' ELSE 'scheduled' END,
    timestamptz '2026-01-01' + n * interval '1 hour', 'success' FROM generate_series(1, 960) n;
-- All of these are old: the last scheduled one stays, the last manual one does not. And one that never began.
INSERT INTO dag_run (dag_id, run_id, run_type, start_date, state) SELECT 'rare', 'r' || n, CASE n WHEN 3 THEN 'manual' ELSE 'scheduled' END,
    timestamptz '2026-01-01' + n * interval '1 day', 'success' FROM generate_series(1, 3) n;
INSERT INTO dag_run (dag_id, run_id, run_type, state) VALUES ('rare', 'waiting', 'scheduled', 'queued');
SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'task_instance' AND column_name = 'id') AS has_id \gset
\if :is_two
UPDATE dag_run SET external_trigger = run_type = 'manual', execution_date = coalesce(start_date, now());
\else
UPDATE dag_run SET logical_date = coalesce(start_date, now());
\endif
-- Tasks of a run begin up to two days later: at the cut, runs go whose tasks are new.
\if :has_id
INSERT INTO task_instance (id, dag_id, task_id, run_id, map_index, start_date, state) SELECT gen_random_uuid(), dag_id, 't' || t, run_id, -1, start_date + t * interval '8 hours', 'success'
    FROM dag_run, generate_series(1, 6) t;
INSERT INTO task_reschedule (ti_id, start_date, end_date, reschedule_date) SELECT id, start_date, start_date, start_date FROM task_instance WHERE task_id = 't3' AND start_date IS NOT NULL;
\else
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, start_date, state) SELECT dag_id, 't' || t, run_id, -1, start_date + t * interval '8 hours', 'success'
    FROM dag_run, generate_series(1, 6) t;
INSERT INTO task_reschedule (dag_id, task_id, run_id, map_index, start_date, end_date, reschedule_date) SELECT dag_id, task_id, run_id, map_index, start_date, start_date, start_date
    FROM task_instance WHERE task_id = 't3' AND start_date IS NOT NULL;
\endif
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, timestamp) SELECT r.id, t.task_id, -1, E'k\t\\ü\n', r.dag_id, r.run_id, t.start_date
    FROM task_instance t JOIN dag_run r USING (dag_id, run_id) WHERE t.start_date IS NOT NULL;
INSERT INTO rendered_task_instance_fields (dag_id, task_id, run_id, map_index, rendered_fields) SELECT dag_id, task_id, run_id, map_index, json_build_object('a', repeat('x', 500))
    FROM task_instance;
INSERT INTO dag_run_note (dag_run_id, content) SELECT id, E'note \\. ' || run_id FROM dag_run WHERE id % 5 = 0;
INSERT INTO log (dttm, event, extra) SELECT timestamptz '2026-01-01' + n * interval '1 minute', 'e' || n, E'\\.\n' || repeat('y', 200) FROM generate_series(1, 57600) n;
INSERT INTO job (state, latest_heartbeat) SELECT 'success', timestamptz '2026-01-01' + n * interval '1 day' FROM generate_series(1, 40) n;
ANALYZE;
SQL
    is $? 0 "$version: a database with rows"
    copy "$db" "full$db"
    sums "$db" >"$work/full-$db"
done

# --- what goes, and what stays ---
for version in 2.11.2 3.3.2; do
    db=v${version//./}
    archive=$work/archive-$db
    last=$(sql "$db" "SELECT count(*) FROM dag_run WHERE start_date < '$before'")
    clean "$db" --before "$before" --dry-run
    like "$status $out" '^0 .* log +28079 rows .*a dry run, nothing was changed' "$version: a dry run counts"
    like "$out" " dag_run +$((last - 1)) rows" "$version: all old runs but one"
    is "$(sums "$db" | diff - "$work/full-$db" && left "$db")" 0 "$version: and changes nothing"
    clean "$db" --before "$before" --archive "$archive"
    like "$status $out" "^0 .* log +28079 rows .*rows from before $shown are in $archive" "$version: clean"
    is "$(sql "$db" "SELECT count(*) FROM log WHERE dttm < '$before'") $(sql "$db" 'SELECT count(*) FROM log')" '0 29521' "$version: old log lines are gone, no other"
    is "$(sql "$db" "SELECT dag_id || ' ' || run_id FROM dag_run WHERE start_date < '$before'")" 'rare r2' "$version: the last run that was scheduled stays"
    is "$(sql "$db" "SELECT count(*) FROM dag_run WHERE start_date >= '$before' OR start_date IS NULL")" \
        "$(sql "full$db" "SELECT count(*) FROM dag_run WHERE start_date >= '$before' OR start_date IS NULL")" "$version: newer ones stay, and one that never began"
    is "$(sql "$db" "SELECT count(*) FROM task_instance WHERE NOT EXISTS (SELECT FROM dag_run r WHERE r.dag_id = task_instance.dag_id AND r.run_id = task_instance.run_id)
        OR start_date < '$before'")" 0 "$version: tasks go by their own time, or with their run"
    is "$(sql "$db" "SELECT count(*) FROM task_instance")" "$(sql "full$db" "SELECT count(*) FROM task_instance JOIN dag_run r USING (dag_id, run_id)
        WHERE coalesce(task_instance.start_date >= '$before', true) AND coalesce(r.start_date >= '$before', true)")" "$version: and no others"
    is "$(sql "$db" "SELECT string_agg(dag_id, ' ') FROM dag_tag")" d1 "$version: a DAG that is not parsed any more goes with its tags"
    is "$(restored "$db" "$archive" | diff - "$work/full-$db")" '' "$version: every row is in the database or in the archive, once"
    is "$(stat -c %a "$archive") $(stat -c %a "$archive"/* | sort -u)" '700 600' "$version: the archive is for nobody else"
    is "$(left "$db")" 0 "$version: nothing is left of it in the database"
    clean "$db" --before "$before" --archive "$work/again-$db"
    like "$status $out" '^0 [^ ]* 0 rows .* are gone' "$version: nothing is old a second time"
    sums "$db" >"$work/cleaned-$db"
done

# --- killed ---
db=v332
for point in sealed committed archived end; do
    copy fullv332 killed
    rm -rf "$work/killed"
    AIRSHIFT_TEST_KILL_AT=clean:$point clean killed --before "$before" --archive "$work/killed"
    is "$status $(left killed)" '137 1' "$point: killed"
    clean killed --before "$before" --archive "$work/killed"
    like "$status $out" '^0 .* log +28079 rows' "$point: the same command goes on"
    is "$(sums killed | diff - "$work/cleaned-$db")" '' "$point: and the rows are as without the kill"
    is "$(restored killed "$work/killed" | diff - "$work/full-$db")" '' "$point: each is in the archive once"
done
# At any moment, again and again, with other options refused in between.
copy fullv332 killed
rm -rf "$work/killed"
for _ in 1 2 3 4 5 6; do
    "$airshift" clean --url "$(pg_url killed)" --before "$before" --archive "$work/killed" --progress none >/dev/null 2>&1 &
    victim=$!
    size=$(du -sb "$work/killed" 2>/dev/null | cut -f1)
    grown() { ! kill -0 "$victim" 2>/dev/null || [ "$(du -sb "$work/killed" 2>/dev/null | cut -f1)" != "${size:-}" ]; }
    await 20 grown
    kill -9 "$victim" 2>/dev/null
    wait "$victim" 2>/dev/null
done
interrupted=$(left killed)
is "$interrupted" 1 'killed six times, it is not done yet'
clean killed --before 2026-01-10 --archive "$work/killed"
like "$status $out" "^7 .*a clean of what is before $shown.*was interrupted.*--discard" 'another moment is refused meanwhile'
clean killed --before "$before" --archive "$work/elsewhere"
like "$status $out" '^7 .*was interrupted' 'another directory, too'
mv "$work/killed" "$work/lost"
clean killed --before "$before" --archive "$work/killed"
like "$status $out" '^7 .*has 0 bytes, not [0-9]+ or more.*find that file' 'the archive is lost'
is "$(find "$work/killed" 2>/dev/null)" '' 'and none is begun in its place'
mv "$work/lost" "$work/killed"
clean killed --before "$before" --archive "$work/killed"
like "$status $out" '^0 ' 'and then it is done'
is "$(sums killed | diff - "$work/cleaned-$db")" '' 'with the same rows left'
is "$(restored killed "$work/killed" | diff - "$work/full-$db")" '' 'each row once'

# A signal stops it between two pieces, or in one.
copy fullv332 killed
rm -rf "$work/killed"
"$airshift" clean --url "$(pg_url killed)" --before "$before" --archive "$work/killed" --progress none >"$work/stopped" 2>&1 &
victim=$!
begun() { [ "$(left killed)" = 1 ]; }
await 20 begun
kill -TERM "$victim"
wait "$victim"
like "$? $(paste -sd' ' "$work/stopped")" '^11 .*The same command goes on' 'SIGTERM'
clean killed --before "$before" --archive "$work/killed"
like "$status $out" '^0 ' 'it goes on after that'
is "$(sums killed | diff - "$work/cleaned-$db"; restored killed "$work/killed" | diff - "$work/full-$db")" '' 'with each row where it belongs'

# A signal while the server commits, which it then has done without an answer: first what is recorded, then a piece.
copy fullv332 killed
rm -rf "$work/killed"
quiet postgres "ALTER DATABASE killed SET synchronous_commit = on"
quiet postgres "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
quiet postgres 'SELECT pg_reload_conf()' >/dev/null
committing() { [ "$(sql postgres "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'airshift: clean' AND wait_event = 'SyncRep'")" = 1 ]; }
for what in record piece; do
    "$airshift" clean --url "$(pg_url killed)" --before "$before" --archive "$work/killed" --progress none >"$work/stopped" 2>&1 &
    victim=$!
    await 20 committing
    kill -TERM "$victim"
    wait "$victim"
    like "$? $(paste -sd' ' "$work/stopped")" '^11 .*The same command goes on' "SIGTERM in the COMMIT of the $what"
done
quiet postgres 'ALTER SYSTEM RESET synchronous_standby_names'
quiet postgres 'SELECT pg_reload_conf()' >/dev/null
is "$(sql killed 'SELECT count(*) > 0 FROM airshift_clean.file')" t 'the rows of the piece are gone'
clean killed --before "$before" --archive "$work/killed"
like "$status $out" '^0 ' 'it goes on after that, too'
is "$(sums killed | diff - "$work/cleaned-$db"; restored killed "$work/killed" | diff - "$work/full-$db")" '' 'and they are in the archive'

# The server is killed.
copy fullv332 killed
rm -rf "$work/killed"
"$airshift" clean --url "$(pg_url killed)" --before "$before" --archive "$work/killed" --progress none >"$work/stopped" 2>&1 &
victim=$!
archived() { [ -s "$work/killed/task_instance.sql.zst.part" ]; }
await 20 archived
(cd / && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -s -m immediate stop && pgt_as "$PGT_BIN/pg_ctl" -D "$PGT_DIR/data" -w -s \
    -l "$PGT_DIR/server.log" -o "-p $PGT_PORT" start) >/dev/null
wait "$victim"
like "$? $(cat "$work/stopped")" '^4 ' 'the server is killed'
clean killed --before "$before" --archive "$work/killed"
like "$status $out" '^0 ' 'it goes on when the server is back'
is "$(sums killed | diff - "$work/cleaned-$db"; restored killed "$work/killed" | diff - "$work/full-$db")" '' 'and each row is where it belongs'

# The disk of the archive is full.
copy fullv332 killed
mkdir "$work/small"
if mount -t tmpfs -o size=256k,mode=700 tmpfs "$work/small" 2>/dev/null; then
    mounted=$work/small
    clean killed --before "$before" --archive "$work/small/archive"
    like "$status $out" '^7 .*No space left on device' 'a full disk'
    mount -o remount,size=64m "$work/small"
    clean killed --before "$before" --archive "$work/small/archive"
    like "$status $out" '^0 ' 'it goes on when there is room'
    is "$(sums killed | diff - "$work/cleaned-$db"; restored killed "$work/small/archive" | diff - "$work/full-$db")" '' 'and nothing was lost'
    umount "$work/small"
    mounted=
else
    skip 'a full disk' 'no tmpfs can be mounted here'
fi

# Somebody writes rows that refer to old ones all the while: what was accepted is in the database or in the archive.
copy fullv332 written
mkfifo "$work/writes"
"$PGT_BIN/psql" -XAtq -h 127.0.0.1 -p "$PGT_PORT" -U postgres -d written -f "$work/writes" >"$work/accepted" 2>"$work/refused" &
writer=$!
exec 7>"$work/writes"
write() {
    while [ ! -e "$work/enough" ]; do
        echo "INSERT INTO task_instance (id, dag_id, task_id, run_id, map_index, start_date) SELECT gen_random_uuid(), dag_id, gen_random_uuid()::text, run_id, -1, start_date
            FROM dag_run WHERE start_date < '$before' ORDER BY random() LIMIT 1 RETURNING id;"
    done >&7
}
write &
feeder=$!
writing() { [ -s "$work/accepted" ]; }
await 20 writing
clean written --before "$before" --archive "$work/written" --tables dag_run
like "$status $out" '^0 ' 'clean beside a writer'
touch "$work/enough"
wait "$feeder"
exec 7>&-
wait "$writer"
restored written "$work/written" >/dev/null
sort "$work/accepted" >"$work/wanted"
sql back 'SELECT id FROM task_instance' | sort >"$work/there"
is "$(comm -23 "$work/wanted" "$work/there" | wc -l) $(uniq -d "$work/there" | wc -l)" '0 0' "each of the $(wc -l <"$work/accepted") rows that were accepted is there once"
is "$(sql written "SELECT count(*) FROM dag_run WHERE start_date < '$before'")" 1 'and no old run is left but the last'

# --- some tables only, other questions ---
copy fullv332 part
clean part --before "$before" --tables log,job --archive "$work/part"
like "$status $out" '^0 +job +19 rows +log +28079 rows [^ ]* 28098 rows' 'two tables'
is "$(sums part | diff - "$work/full-$db" | grep '^<' | cut -d'|' -f1 | paste -sd' ')" '< job < log' 'no other is touched'
is "$(cd "$work/part" && echo *)" 'job.sql.zst log.sql.zst' 'a file each'
clean part --before "$before" --tables dag_run --skip-archive --json
is "$status $(jq -r '[.tables[].table] | sort | join(" ")' <<<"$out")" \
    '0 dag_run dag_run_note rendered_task_instance_fields task_instance task_reschedule xcom' 'runs go with their tasks'
is "$(sql part "SELECT count(*) FROM dag_run WHERE start_date < '$before'")" 1 'without an archive'
clean part --before "$before" --tables log,logs --archive "$work/new"
like "$status $out" '^2 .*no rule for a table "logs".*There is one for .*task_instance' 'a table without a rule'
clean part --before 2999-01-01 --archive "$work/new"
like "$status $out" '^2 .*in the future' 'a moment to come'
clean part --before yesteryear --archive "$work/new"
like "$status $out" '^2 .*"yesteryear" is no moment' 'no moment at all'
clean part --before "$before" --archive "$work/part"
like "$status $out" '^7 .*is not empty' 'a directory that is in use'
is "$(left part) $(find "$work/new" 2>/dev/null)" '0 ' 'and nothing was begun'
quiet part "CREATE ROLE nobody LOGIN"
url="postgresql://nobody@127.0.0.1:$PGT_PORT/part" clean part --before "$before" --tables log --archive "$work/new"
like "$status $out" '^5 .*permission denied' 'a role that may not'

# --- rows that other rows need ---
copy fullv332 needed
pg_psql needed -q <<'SQL'
SET session_replication_role = replica;
INSERT INTO dag_version (id, dag_id, version_number, created_at) SELECT ('0199a000-0000-7000-8000-00000000000' || n)::uuid, 'd1', n, timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, 4) n;
INSERT INTO dag_version (id, dag_id, version_number, created_at) VALUES ('0199a000-0000-7000-8000-000000000009', 'gone', 1, '2026-01-01');
UPDATE task_instance SET dag_version_id = '0199a000-0000-7000-8000-000000000002' WHERE (dag_id, run_id, task_id) = ('d1', 'r951', 't1');
UPDATE dag_run SET created_dag_version_id = '0199a000-0000-7000-8000-000000000001' WHERE (dag_id, run_id) = ('d1', 'r951');
-- A user's own: large, without an index for its key.
CREATE TABLE "my notes" (id integer PRIMARY KEY, run integer REFERENCES dag_run ON DELETE CASCADE, note text);
INSERT INTO "my notes" SELECT n, (SELECT id FROM dag_run WHERE run_id = 'r' || (n % 900 + 1) AND dag_id <> 'rare'), repeat('z', 400) FROM generate_series(1, 9000) n;
ANALYZE;
SQL
sums needed >"$work/full-needed"
clean needed --before "$before" --archive "$work/needed"
like "$status $out" '^0 .*my notes has no index for its key \(run\).* dag_version +3 rows .*dag_version +1 rows stay, because others refer' 'what a task needs stays'
is "$(sql needed "SELECT string_agg(dag_id || version_number, ' ' ORDER BY 1) FROM dag_version")" 'd12 d14' 'so does the last version of a DAG'
is "$(sql needed "SELECT created_dag_version_id IS NULL FROM dag_run WHERE (dag_id, run_id) = ('d1', 'r951')")" t 'a reference that may be empty is'
is "$(sql needed "SELECT count(*) FROM pg_class WHERE relname LIKE 'airshift%'")" 0 'the index is gone again'
is "$(sql needed 'SELECT count(*) FROM "my notes" n WHERE NOT EXISTS (SELECT FROM dag_run r WHERE r.id = n.run)')" 0 'what refers to a run went with it'
restored needed "$work/needed" >"$work/restored"
is "$(diff "$work/restored" "$work/full-needed" | grep -v '|dag_run|' | grep '^[<>]' | cut -d'|' -f1 | sort -u | paste -sd' ')" '< dag_run > dag_run' \
    'and is in the archive; the run with the reference alone is another'

# --- somebody is in the way ---
copy fullv332 locked
exec 9> >(pg_psql locked -At >"$work/session" 2>&1)
echo "BEGIN; SELECT 'locked ' || count(*) FROM (SELECT FROM log WHERE event = 'e500' FOR UPDATE) x;" >&9
await 20 grep -qs locked "$work/session"
clean locked --before "$before" --tables log --archive "$work/locked" --lock-wait 2
like "$status $out" '^6 .*rows of log are locked by others' 'a row that somebody has locked'
is "$(sql locked "SELECT count(*) FROM log") $(left locked)" '57600 1' 'its piece is as it was'
# It tries again, and what it had written of the piece is not in the archive twice.
copy fullv332 tries
exec 8> >(pg_psql tries -At >"$work/other" 2>&1)
echo "BEGIN; SELECT 'locked ' || count(*) FROM (SELECT FROM log WHERE event = 'e25000' FOR UPDATE) x;" >&8
await 20 grep -qs locked "$work/other"
"$airshift" clean --url "$(pg_url tries)" --before "$before" --tables log --archive "$work/tries" --progress json >"$work/tried" 2>&1 &
cleaner=$!
waits() { grep -q '"waits_for":"a lock on its rows"' "$work/tried" 2>/dev/null; }
await 30 waits
is $? 0 'what it waits for is in the progress'
echo 'COMMIT;' >&8
exec 8>&-
wait "$cleaner"
like "$? $(cat "$work/tried")" '^0 ' 'a lock that is given back in time'
restored tries "$work/tries" | diff - "$work/full-$db" >"$work/difference"
is "$? $(cat "$work/difference")" '0 ' 'and each row is in the archive once'

echo "COMMIT; SELECT pg_advisory_lock(1), 'advised';" >&9
await 20 grep -qs advised "$work/session"
clean locked --before "$before" --tables log --archive "$work/locked" --lock-wait 0.5
like "$status $out" "^6 .*has Airflow's migration lock" 'a migration is running'
exec 9>&-
await 20 pg_sessions_gone locked
out=$("$airshift" doctor --url "$(pg_url locked)" 2>&1)
like "$? $out" 'airshift clean. is at work or was interrupted' 'the doctor knows what that is'
clean locked --before "$before" --tables log --archive "$work/locked"
is "$status $(sql locked 'SELECT count(*) FROM log') $(zstd -dcq "$work/locked/log.sql.zst" | tail -n 1)" '0 29521 -- end, 28079 rows' 'afterwards it goes on'
copy fullv332 locked
AIRSHIFT_TEST_KILL_AT=clean:committed clean locked --before "$before" --archive "$work/discarded"
clean locked --discard
like "$status $out $(left locked)" '^0 .*is given up 0$' 'an interrupted one is given up'
clean locked --discard
like "$status $out" '^0 .*no interrupted clean' 'there is none any more'
finish_tests
