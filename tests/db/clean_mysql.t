#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# clean_mysql.t - airshift clean on a real MySQL, as clean.t has it: old rows go and are in the
# archive, each once, and nothing else goes; also when it is killed in the middle, finds locks, or
# rows that other rows need. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin clean
trap 'exec 9>&-; my_test_end' EXIT
my_start gtid-mode=ON enforce-gtid-consistency=ON || exit 1

# Not strict: a column that wants a value gets one.
sql() { my_sql "$1" --default-character-set=utf8mb4 -e "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES', time_zone = '+00:00', foreign_key_checks = 0, cte_max_recursion_depth = 100000, group_concat_max_len = 1000000; $2" | tr '\t' '|'; }
# clean DATABASE [ARG ...]: output on one line in $out, exit code in $status.
clean() {
    printf '%s\n' "${url:-$(my_url "$1")}" >"$work/url"
    out=$(timeout 120 "$airshift" clean --url-file "$work/url" --progress none "${@:2}" 2>&1)
    status=$?
    out=${out//$'\n'/ }
}
copy() { my_drop "$2" && my_copy "$1" "$2"; }
# A line for each table: rows, and a sum over them that has no order.
sums() {
    sql "$1" "CHECKSUM TABLE $(sql "$1" "SELECT group_concat('\"', table_name, '\"' ORDER BY table_name) FROM information_schema.tables
        WHERE table_schema = database() AND table_name NOT LIKE 'airshift%'") EXTENDED" | cut -d. -f2-
}
# What the archive holds, on top of what was left, in a new database: sums
restored() { # DATABASE DIRECTORY
    copy "$1" back || return 1
    for file in "$2"/*; do
        case $file in
        *.sql.zst) zstd -dcq "$file" | my_sql back --init-command='SET foreign_key_checks = 0' || return 1 ;;
        *) echo "$file is no archive" ;;
        esac
    done
    sums back
}
left() { sql "$1" "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name LIKE 'airshift%'"; }
numbers() { echo "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)"; }

# Rows by the hour from 2026-01-01 on, 40 days of them; the cut is in the middle.
before='2026-01-20 12:00:00+00'
shown=${before/+/[+]}
for version in 2.11.2 3.3.2; do
    db=v${version//./}
    my_create "$db"
    my_url "$db" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$version" --progress none >/dev/null 2>&1
    moment='logical_date' id=', id' new_id=', uuid()' more='' value=''
    [ "$version" = 3.3.2 ] || moment='execution_date' id='' new_id='' more=', external_trigger' value=", n % 7 = 0"
    {
        echo "INSERT INTO dag (dag_id, last_parsed_time) VALUES ('d0', '2026-03-01'), ('d1', '2026-03-01'), ('d2', '2026-03-01'), ('gone', '2026-01-05');
        INSERT INTO dag_tag (name, dag_id) VALUES ('t', 'gone'), ('t', 'd1');"
        echo "INSERT INTO dag_run (dag_id, run_id, run_type, start_date, state, $moment$more) $(numbers 960)
            SELECT concat('d', n % 3), concat('r', n), IF(n % 7 = 0, 'manual', 'scheduled'), '2026-01-01' + INTERVAL n HOUR, 'success', '2026-01-01' + INTERVAL n HOUR$value FROM n;"
        echo "INSERT INTO dag_run (dag_id, run_id, run_type, start_date, state, $moment$more) $(numbers 3)
            SELECT 'rare', concat('r', n), IF(n = 3, 'manual', 'scheduled'), '2026-01-01' + INTERVAL n DAY, 'success', '2026-01-01' + INTERVAL n DAY${value:+, n = 3} FROM n;"
        echo "INSERT INTO task_instance (dag_id, task_id, run_id, map_index, start_date, state, duration$id) $(numbers 6)
            SELECT dag_id, concat('t', n), run_id, -1, start_date + INTERVAL 8 * n HOUR, 'success', 1.1 * n$new_id FROM dag_run, n;"
        echo "INSERT INTO xcom (dag_run_id, task_id, map_index, \"key\", dag_id, run_id, timestamp, value)
            SELECT r.id, t.task_id, -1, concat('k', char(9 USING utf8mb4), char(92 USING utf8mb4), 'ü''', char(10 USING utf8mb4)), r.dag_id, r.run_id, t.start_date, '\"it''s\"'
              FROM task_instance AS t JOIN dag_run AS r ON r.dag_id = t.dag_id AND r.run_id = t.run_id;"
        echo "INSERT INTO log (dttm, event, extra) $(numbers 14400) SELECT '2026-01-01' + INTERVAL 4 * n MINUTE, concat('e', n), concat(char(92 USING utf8mb4), '.', char(10 USING utf8mb4), 'COMMIT;', char(10 USING utf8mb4), repeat('y', 200)) FROM n;"
        echo "INSERT INTO job (state, latest_heartbeat) $(numbers 40) SELECT 'success', '2026-01-01' + INTERVAL n DAY FROM n;"
        echo "INSERT INTO dag_run_note (dag_run_id, content) SELECT id, concat('note ', run_id) FROM dag_run WHERE id % 5 = 0;"
    } >"$work/rows.sql"
    sql "$db" "$(cat "$work/rows.sql") ANALYZE TABLE log, task_instance, xcom, dag_run;" >"$work/out" 2>&1
    is "$(grep ERROR "$work/out") $(sql "$db" 'SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM xcom)')" ' 14400|5778' "$version: a database with rows"
    copy "$db" "full$db"
    sums "$db" >"$work/full-$db"
    [ "$(wc -l <"$work/full-$db")" -gt 40 ]
    is $? 0 "$version: $(wc -l <"$work/full-$db") tables are summed up"
done

# --- what goes, and what stays ---
for version in 2.11.2 3.3.2; do
    db=v${version//./}
    archive=$work/archive-$db
    last=$(sql "$db" "SELECT count(*) FROM dag_run WHERE start_date < '2026-01-20 12:00'")
    clean "$db" --before "$before" --dry-run
    like "$status $out" '^0 .* log +7019 rows .*a dry run, nothing was changed' "$version: a dry run counts"
    like "$out" " dag_run +$((last - 1)) rows" "$version: all old runs but one"
    is "$(sums "$db" | diff - "$work/full-$db" && left "$db")" 0 "$version: and changes nothing"
    clean "$db" --before "$before" --archive "$archive"
    like "$status $out" "^0 .* log +7019 rows .*rows from before $shown are in $archive" "$version: clean"
    is "$(sql "$db" "SELECT count(*) FROM log WHERE dttm < '2026-01-20 12:00'") $(sql "$db" 'SELECT count(*) FROM log')" '0 7381' "$version: old log lines are gone, no other"
    is "$(sql "$db" "SELECT concat(dag_id, ' ', run_id) FROM dag_run WHERE start_date < '2026-01-20 12:00'")" 'rare r2' "$version: the last run that was scheduled stays"
    is "$(sql "$db" "SELECT count(*) FROM task_instance AS t WHERE NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.dag_id = t.dag_id AND r.run_id = t.run_id)
        OR start_date < '2026-01-20 12:00'")" 0 "$version: tasks go by their own time, or with their run"
    is "$(sql "$db" 'SELECT count(*) FROM task_instance')" "$(sql "full$db" "SELECT count(*) FROM task_instance AS t JOIN dag_run AS r ON r.dag_id = t.dag_id AND r.run_id = t.run_id
        WHERE t.start_date >= '2026-01-20 12:00' AND r.start_date >= '2026-01-20 12:00'")" "$version: and no others"
    is "$(sql "$db" 'SELECT dag_id FROM dag_tag')" d1 "$version: a DAG that is not parsed any more goes with its tags"
    is "$(restored "$db" "$archive" | diff - "$work/full-$db")" '' "$version: every row is in the database or in the archive, once"
    is "$(stat -c %a "$archive") $(stat -c %a "$archive"/* | sort -u)" '700 600' "$version: the archive is for nobody else"
    is "$(left "$db")" 0 "$version: nothing is left of it in the database"
    clean "$db" --before "$before" --archive "$work/again-$db"
    like "$status $out" '^0 [^ ]* 0 rows .* are gone' "$version: nothing is old a second time"
    sums "$db" >"$work/cleaned-$db"
done

# --- killed ---
db=v332
for point in sealed committed; do
    copy fullv332 killed
    rm -rf "$work/killed"
    AIRSHIFT_TEST_KILL_AT=clean:$point clean killed --before "$before" --archive "$work/killed"
    is "$status $(left killed)" '137 3' "$point: killed"
    if [ "$point" = committed ]; then
        clean killed --before 2026-01-10 --archive "$work/killed"
        like "$status $out" "^7 .*a clean of what is before $shown.*was interrupted.*--discard" 'another moment is refused meanwhile'
        "$airshift" doctor --url-file "$work/url" >"$work/out" 2>&1
        like "$? $(cat "$work/out")" 'airshift clean. is at work or was interrupted' 'the doctor knows what that is'
    fi
    clean killed --before "$before" --archive "$work/killed"
    like "$status $out" '^0 .* log +7019 rows' "$point: the same command goes on"
    is "$(sums killed | diff - "$work/cleaned-$db")" '' "$point: and the rows are as without the kill"
    is "$(restored killed "$work/killed" | diff - "$work/full-$db")" '' "$point: each is in the archive once"
done
# What a clean looks things up in has primary keys, where the server demands them.
copy fullv332 keyed
my_sql mysql -e 'SET GLOBAL sql_require_primary_key = ON'
clean keyed --before "$before" --archive "$work/keyed"
my_sql mysql -e 'SET GLOBAL sql_require_primary_key = OFF'
like "$status $out" '^0 .* log +7019 rows' 'sql_require_primary_key: clean'
is "$(sums keyed | diff - "$work/cleaned-$db")" '' 'sql_require_primary_key: and the rows are as without it'
# In the middle of what a clean is recorded in: that is nothing yet.
copy fullv332 killed
sql killed 'CREATE TABLE airshift_clean_run (one TINYINT PRIMARY KEY, before_moment VARCHAR(40) NOT NULL, tables TEXT NOT NULL, directory TEXT, begun DATETIME(6) NOT NULL)'
clean killed --before "$before" --tables log --skip-archive
is "$status $(left killed) $(sql killed 'SELECT count(*) FROM log')" '0 0 7381' 'a record without a clean is no clean'
copy fullv332 killed
AIRSHIFT_TEST_KILL_AT=clean:committed clean killed --before "$before" --archive "$work/discarded"
clean killed --discard
like "$status $out $(left killed)" '^0 .*is given up 0$' 'an interrupted one is given up'

# --- what is asked ---
for given in 2026-01-20T12:00:00Z 2026-01-20T14:00:00+02:00 '2026-01-20 13:00+01' '2026-01-20 12:00:00.0'; do
    clean fullv332 --before "$given" --dry-run --tables log
    like "$status $out" "^0 .* log +7019 rows .*older than $shown" "a moment: $given"
done
clean fullv332 --before yesteryear --archive "$work/new"
like "$status $out" '^2 .*"yesteryear" is no moment' 'no moment at all'
clean fullv332 --before 2026-02-30 --archive "$work/new"
like "$status $out" '^2 .*"2026-02-30" is no moment' 'a day that there is not'
clean fullv332 --before 2999-01-01 --archive "$work/new"
like "$status $out" '^2 .*in the future' 'a moment to come'
my_sql mysql -e "CREATE USER nobody@'%' IDENTIFIED BY 'x'; GRANT SELECT ON fullv332.* TO nobody@'%'"
url="mysql://nobody:x@127.0.0.1:$MYT_PORT/fullv332" clean fullv332 --before "$before" --tables log --archive "$work/new"
like "$status $out" '^5 .*denied' 'a user that may not'
is "$(left fullv332) $(find "$work/new" -type f 2>/dev/null)" '0 ' 'and nothing was begun'

# --- rows that other rows need ---
copy fullv332 needed
sql needed "INSERT INTO dag_version (id, dag_id, version_number, created_at) VALUES ('1', 'd1', 1, '2026-01-01'), ('2', 'd1', 2, '2026-01-02'), ('3', 'd1', 3, '2026-01-03'), ('4', 'd1', 4, '2026-01-04');
    UPDATE task_instance SET dag_version_id = '2' WHERE dag_id = 'd1' AND run_id = 'r952' AND task_id = 't1';
    UPDATE dag_run SET created_dag_version_id = '1' WHERE dag_id = 'd1' AND run_id = 'r952';
    CREATE TABLE \"my notes\" (id int PRIMARY KEY, run int, note text, FOREIGN KEY (run) REFERENCES dag_run (id) ON DELETE CASCADE);
    INSERT INTO \"my notes\" SELECT id, id, run_id FROM dag_run WHERE dag_id <> 'rare'"
is "$(sql needed "SELECT count(*) FROM task_instance WHERE dag_version_id = '2'")" 1 'a task needs an old version'
clean needed --before "$before" --archive "$work/needed"
like "$status $out" '^0 .* dag_version +2 rows .*dag_version +1 rows stay, because others refer' 'what a task needs stays'
is "$(sql needed 'SELECT version_number FROM dag_version ORDER BY 1' | paste -sd' ')" '2 4' 'so does the last version of a DAG'
is "$(sql needed "SELECT created_dag_version_id IS NULL FROM dag_run WHERE dag_id = 'd1' AND run_id = 'r952'")" 1 'a reference that may be empty is'
is "$(sql needed 'SELECT count(*) FROM "my notes" AS n WHERE NOT EXISTS (SELECT 1 FROM dag_run AS r WHERE r.id = n.run)')" 0 'what refers to a run went with it'
is "$(zstd -dcq "$work/needed"/table_*.sql.zst | grep -c 'INSERT INTO "my notes"')" "$(($(sql fullv332 "SELECT count(*) FROM dag_run WHERE dag_id <> 'rare'") - $(sql needed 'SELECT count(*) FROM "my notes"')))" 'and is in the archive'

# --- somebody is in the way ---
copy fullv332 locked
exec 9> >(myt_admin --batch --skip-column-names --unbuffered locked >"$work/session" 2>&1)
echo "BEGIN; SELECT 'locked', id FROM log WHERE event = 'e500' FOR UPDATE;" >&9
await 20 grep -qs locked "$work/session"
clean locked --before "$before" --tables log --archive "$work/locked" --lock-wait 2
like "$status $out" '^6 .*rows of log are locked by others' 'a row that somebody has locked'
is "$(sql locked 'SELECT count(*) FROM log')" 14400 'its piece is as it was'
echo "COMMIT; SELECT 'taken', GET_LOCK('airflow_MIGRATIONS', 0);" >&9
await 20 grep -qs taken "$work/session"
clean locked --before "$before" --tables log --archive "$work/locked" --lock-wait 0.5
like "$status $out" "^6 .*has Airflow's migration lock" 'a migration is running'
exec 9>&-
clean locked --before "$before" --tables log --archive "$work/locked"
is "$status $(sql locked 'SELECT count(*) FROM log') $(zstd -dcq "$work/locked/log.sql.zst" | tail -n 1)" '0 7381 -- end, 7019 rows' 'afterwards it goes on'
finish_tests
