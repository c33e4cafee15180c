#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# quarantine.t - rows of which no single one is to blame, on PostgreSQL: of rows that would have one
# key all but the first are set aside, and rows that refer to none, together with what refers to
# them; by both executors the same, whether they are looked for ahead or found by a build that
# fails, and killed at any moment. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin quarantine

pg_dump_text() { "$PGT_BIN/pg_dump" -h 127.0.0.1 -p "$PGT_PORT" -U postgres "$1" | grep -v -e '^.\(un\)\?restrict' -e 'pg_catalog.setval'; }

# Which rows went where, and traces of airshift, on one line.
where() { # database
    pg_psql "$1" -AtF ' ' -c "$question" -c "SELECT 'left', nspname FROM pg_namespace WHERE nspname LIKE 'airshift%'" \
        -c "SELECT 'left', tgname FROM pg_trigger WHERE tgname LIKE 'airshift%'" 2>&1 | paste -sd';'
}

# Refused and tried without a trace; then set aside in each way.
set_aside() { # database version what was set aside, a pattern for the refusal
    local how

    pg_dump_text "$1" >"$work/before"
    for how in fused chain; do
        pg_migrate "$1" "$2" --executor "$how"
        like "$code $out" "^8 .*$4.*hint: Nothing was changed\\. .*run it with --quarantine, which moves rows .*of those with one key all but the first" \
            "$1, $how: refused, with what to do"
    done
    pg_migrate "$1" "$2" --dry-run --quarantine
    is "$code" 0 "$1: tried" || echo "# $out"
    is "$(pg_dump_text "$1" | diff "$work/before" - | head -n 5)" '' "$1: nothing was changed"
    for how in '--mode in-place' '--mode detached' '--executor chain' '--executor chain --mode detached'; do
        pg_clone "$1" work
        # shellcheck disable=SC2086 # words
        pg_migrate work "$2" --quarantine $how
        is "$code $(where work)" "0 $3" "$1, $how: set aside" || echo "# $out"
        if [ "$how" = '--mode in-place' ]; then
            pg_quarantined work >"$work/quarantined"
            like "$out" "$4" "$1: they are said"
        else
            is "$(pg_quarantined work | diff "$work/quarantined" - | head -n 5)" '' "$1, $how: the same rows, with the same reasons"
        fi
    done
    # Too big to be looked at ahead: the build, or the swap, fails, and then they are looked for. The
    # chain looks at all, for nothing would fail there before the tables are changed.
    for how in fused chain; do
        pg_clone "$1" work
        AIRSHIFT_TEST_LOOK_BYTES=1 pg_migrate work "$2" --quarantine --executor "$how"
        is "$code $(where work)" "0 $3" "$1, $how, not looked for ahead: set aside" || echo "# $out"
        [ "$how" = chain ] || like "$out" 'looking for the rows that are in the way: ' "$1, $how, not looked for ahead: it says why"
        is "$(pg_quarantined work | diff "$work/quarantined" - | head -n 5)" '' "$1, $how, not looked for ahead: the same rows"
    done
}

# Killed at each of these, one after the other, and resumed.
survives() { # database version expected option ...
    local point

    pg_clone "$1" work
    for point in aside-find:after aside:before aside:commit aside:after "${points[@]}"; do
        AIRSHIFT_TEST_KILL_AT=$point pg_migrate work "$2" --quarantine "${@:4}"
        is "$code" 137 "$1, ${*:4}: killed at $point" || echo "# $out"
    done
    pg_migrate work "$2" --quarantine "${@:4}"
    is "$code $(where work)" "0 $3" "$1, ${*:4}: killed, the same command finishes it" || echo "# $out"
    is "$(pg_quarantined work | diff "$work/quarantined" - | head -n 5)" '' "$1, ${*:4}: killed, each row is set aside once"
}

# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }

# Rows with one key: by a column, and by what is joined; the first of them cannot be converted, and so
# is not the one that stays. A table of the user's refers to one that
# stays and to one that goes.
pg_create keys
pg_migrate keys 1.10.15
is "$code" 0 'a database of Airflow 1.10.15'
pg_psql keys -q -v ON_ERROR_STOP=1 <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, state)
    SELECT n, 'd', '2020-01-01'::timestamptz + n * interval '1 day', 'r' || n, 'success' FROM generate_series(1, 3) n;
INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', execution_date, 'success', 'default_pool', 1, 1, 0 FROM dag_run;
INSERT INTO xcom (id, key, value, timestamp, execution_date, task_id, dag_id)
    SELECT id, 'good', '\x226f6b22', execution_date, execution_date, 't', 'd' FROM dag_run;
INSERT INTO xcom (id, key, value, timestamp, execution_date, task_id, dag_id)
    SELECT n, CASE WHEN n = 13 THEN NULL ELSE key END, value, timestamp, execution_date, task_id, dag_id FROM xcom, generate_series(11, 13) n WHERE id = 1;
INSERT INTO connection (id, conn_id, conn_type) VALUES (21, 'c', 'http'), (2, 'c', 'ftp'), (13, 'c', 'ssh'), (12, 'd', 'http'), (1, 'c', NULL);
CREATE TABLE mine (id integer PRIMARY KEY, conn integer REFERENCES connection ON DELETE CASCADE);
INSERT INTO mine VALUES (1, 13), (2, 2);
SQL
question="SELECT 'kept', id, conn_type FROM connection UNION ALL SELECT 'kept', dag_run_id, key FROM xcom UNION ALL SELECT 'mine', id, conn::text FROM mine
    UNION ALL SELECT 'aside', id, coalesce(conn_type, '-') FROM _airshift_quarantine__connection UNION ALL SELECT 'aside', id, coalesce(key, '-') FROM _airshift_quarantine__xcom
    UNION ALL SELECT 'mine aside', id, conn::text FROM _airshift_quarantine__mine ORDER BY 1, 2, 3"
expected='aside 1 -;aside 11 good;aside 12 good;aside 13 -;aside 13 ssh;aside 21 http;kept 1 good;kept 2 ftp;kept 2 good;kept 3 good;kept 12 http;mine 2 2;mine aside 1 13'
set_aside keys 2.11.2 "$expected" 'table "connection": a key that must be unique is there more than once: \(conn_id\)=\(c\) has 4 rows, from 1 to 21'
is "$(grep -c 'has a key that another row has, too, which comes first by its primary key and stays' "$work/quarantined")" 4 'with the reason'
is "$(grep -c 'refers to a row of .*connection.* that was set aside' "$work/quarantined")" 1 'and what refers to one with that'
points=(swap:before swap:after)
survives keys 2.11.2 "$expected" --mode in-place
survives keys 2.11.2 "$expected" --mode detached
points=(chain-aside:commit chain-aside:after)
survives keys 2.11.2 "$expected" --executor chain

# Rows of a new foreign key that refer to none, and a row of the user's that refers to one of them.
pg_create orphans
pg_migrate orphans 2.2.5
pg_psql orphans -q -v ON_ERROR_STOP=1 <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state) VALUES (1, 'd', '2022-01-01', 'r', 'manual', 'success');
INSERT INTO task_instance (task_id, dag_id, run_id, pool, pool_slots) VALUES ('t', 'd', 'r', 'p', 1);
CREATE TABLE mine (id integer PRIMARY KEY, reschedule integer REFERENCES task_reschedule ON DELETE SET NULL);
SET session_replication_role = replica;
INSERT INTO task_reschedule (id, task_id, dag_id, run_id, try_number, start_date, end_date, duration, reschedule_date) VALUES
    (1, 't', 'd', 'r', 1, now(), now(), 1, now()), (2, 'gone', 'd', 'r', 1, now(), now(), 1, now()), (3, 'gone', 'd', 'r', 2, now(), now(), 1, now());
INSERT INTO mine VALUES (1, 1), (2, 3);
SQL
question="SELECT 'kept', id FROM task_reschedule UNION ALL SELECT 'mine', id FROM mine UNION ALL SELECT 'aside', id FROM _airshift_quarantine__task_reschedule
    UNION ALL SELECT 'mine aside', id FROM _airshift_quarantine__mine ORDER BY 1, 2"
expected='aside 2;aside 3;kept 1;mine 1;mine aside 2'
set_aside orphans 2.6.3 "$expected" 'refer'
is "$(grep -c 'refers to a row that is not there (foreign key .*task_reschedule_ti_fkey' "$work/quarantined")" 2 'with the reason'
points=(swap:before)
survives orphans 2.6.3 "$expected" --mode in-place
points=(chain-aside:after)
survives orphans 2.6.3 "$expected" --executor chain
finish_tests
