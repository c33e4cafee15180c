#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# quarantine_mysql.t - quarantine.t on a real MySQL: rows with one key in tables that get their keys
# after their rows, and rows that refer to none. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin quarantine

# migrate DATABASE VERSION [OPTION ...]: its messages on one line in $out, the exit code in $code
migrate() {
    my_url "$1" >"$work/url"
    out=$(timeout 200 "$airshift" migrate --url-file "$work/url" --to "$2" --progress none "${@:3}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}

# Which rows went where, and traces of airshift, on one line.
where() { # database
    my_sql "$1" -e "$question" 2>&1 | tr '\t\n' ' ;'
    my_sql "$1" -e "SELECT 'left', schema_name FROM information_schema.schemata WHERE schema_name LIKE '$1\\_airshift%'" | tr '\t\n' ' ;'
}

clone() { # template database
    my_drop "$2"
    my_copy "$1" "$2"
}

# Set aside in each way, with AIRSHIFT_TEST_SHADOW_BIG_BYTES or without.
set_aside() { # database version what was set aside
    local how

    myt_dump "$1" >"$work/before"
    for how in fused chain; do
        migrate "$1" "$2" --executor "$how" --mode detached
        like "$code $out" '^8 .*hint: .*run it with --quarantine, which moves ' "$1, $how: refused, with what to do"
    done
    migrate "$1" "$2" --dry-run --quarantine --mode detached
    is "$code" 0 "$1: tried" || echo "# $out"
    is "$(myt_dump "$1" | diff "$work/before" - | head -n 5)" '' "$1: nothing was changed"
    for how in '--mode detached' '--mode in-place' '--mode detached --verify-rows' '--mode detached --executor chain' '--executor chain'; do
        clone "$1" work
        # shellcheck disable=SC2086 # words
        migrate work "$2" --quarantine $how
        is "$code $(where work)" "0 $3" "$1, $how: set aside" || echo "# $out"
    done
    clone "$1" work
    AIRSHIFT_TEST_LOOK_BYTES=1 migrate work "$2" --quarantine --mode detached
    is "$code $(where work)" "0 $3" "$1, not looked for ahead: set aside" || echo "# $out"
    like "$out" 'looking for the rows that are in the way: ' "$1, not looked for ahead: it says why"
}

# Killed at each of these, one after the other, and resumed.
survives() { # database version expected option ...
    local point

    clone "$1" work
    for point in shadow-aside:find shadow-aside:before shadow-aside:commit shadow-aside:after "${points[@]}"; do
        AIRSHIFT_TEST_KILL_AT=$point migrate work "$2" --quarantine "${@:4}"
        is "$code" 137 "$1, ${*:4}: killed at $point" || echo "# $out"
    done
    migrate work "$2" --quarantine "${@:4}"
    is "$code $(where work)" "0 $3" "$1, ${*:4}: killed, the same command finishes it" || echo "# $out"
}

# shellcheck disable=SC2119 # its arguments are settings, none here
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }
my_create work

# Rows with one key: by a column, and by what is joined; the first of them cannot be converted, and so
# is not the one that stays; and what refers to one that goes.
my_create named
migrate named 1.10.15
is "$code" 0 'a database of Airflow 1.10.15' || echo "# $out"
my_sql named <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, state)
    SELECT n, 'd', '2020-01-01' + INTERVAL n DAY, concat('r', n), 'success' FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) AS n;
INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', execution_date, 'success', 'default_pool', 1, 1, 0 FROM dag_run;
INSERT INTO xcom (id, `key`, value, timestamp, execution_date, task_id, dag_id)
    SELECT id, 'good', '"ok"', execution_date, execution_date, 't', 'd' FROM dag_run;
INSERT INTO xcom (id, `key`, value, timestamp, execution_date, task_id, dag_id)
    SELECT n, `key`, value, timestamp, execution_date, task_id, dag_id FROM xcom, (SELECT 11 AS n UNION SELECT 12) AS n WHERE id = 1;
INSERT INTO connection (id, conn_id, conn_type) VALUES (21, 'c', 'http'), (2, 'c', 'ftp'), (13, 'c', 'ssh'), (12, 'd', 'http'), (1, 'c', NULL);
CREATE TABLE mine (id integer PRIMARY KEY, conn integer, FOREIGN KEY (conn) REFERENCES connection (id) ON DELETE CASCADE);
INSERT INTO mine VALUES (1, 13), (2, 2);
SQL
question="SELECT 'kept', id, conn_type FROM connection UNION ALL SELECT 'kept', dag_run_id, \`key\` FROM xcom UNION ALL SELECT 'mine', id, conn FROM mine
    UNION ALL SELECT 'aside', id, coalesce(conn_type, '-') FROM _airshift_quarantine__connection UNION ALL SELECT 'aside', id, \`key\` FROM _airshift_quarantine__xcom
    UNION ALL SELECT 'mine aside', id, conn FROM _airshift_quarantine__mine ORDER BY 1, 2, 3"
expected='aside 1 -;aside 11 good;aside 12 good;aside 13 ssh;aside 21 http;kept 1 good;kept 2 ftp;kept 2 good;kept 3 good;kept 12 http;mine 2 2;mine aside 1 13;'
export AIRSHIFT_TEST_SHADOW_BIG_BYTES=1
set_aside named 2.11.2 "$expected"
is "$(my_sql work -e "SELECT count(*) FROM _airshift_quarantine__connection WHERE airshift_problem LIKE 'has a key that another row has, too, which comes first%'")" 2 'with the reason'
points=(shadow-swap:after)
survives named 2.11.2 "$expected" --mode detached
points=(shadow-leave:renamed shadow-leave:deleted)
survives named 2.11.2 "$expected" --mode detached --executor chain
unset AIRSHIFT_TEST_SHADOW_BIG_BYTES

# Rows of a new foreign key that refer to none, and a row of the user's that refers to one of them.
my_create orphans
migrate orphans 2.2.5
my_sql orphans <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state) VALUES (1, 'd', '2022-01-01', 'r', 'manual', 'success');
INSERT INTO task_instance (task_id, dag_id, run_id, pool, pool_slots) VALUES ('t', 'd', 'r', 'p', 1);
CREATE TABLE mine (id integer PRIMARY KEY, reschedule integer, FOREIGN KEY (reschedule) REFERENCES task_reschedule (id) ON DELETE SET NULL);
SET foreign_key_checks = 0;
INSERT INTO task_reschedule (id, task_id, dag_id, run_id, try_number, start_date, end_date, duration, reschedule_date) VALUES
    (1, 't', 'd', 'r', 1, now(), now(), 1, now()), (2, 'gone', 'd', 'r', 1, now(), now(), 1, now()), (3, 'gone', 'd', 'r', 2, now(), now(), 1, now());
INSERT INTO mine VALUES (1, 1), (2, 3);
SQL
question="SELECT 'kept', id FROM task_reschedule UNION ALL SELECT 'mine', id FROM mine UNION ALL SELECT 'aside', id FROM _airshift_quarantine__task_reschedule
    UNION ALL SELECT 'mine aside', id FROM _airshift_quarantine__mine ORDER BY 1, 2"
expected='aside 2;aside 3;kept 1;mine 1;mine aside 2;'
set_aside orphans 2.6.3 "$expected"
is "$(my_sql work -e "SELECT count(*) FROM _airshift_quarantine__task_reschedule WHERE airshift_problem LIKE 'refers to a row that is not there (foreign key %task\_reschedule\_ti\_fkey%'")" 2 'with the reason'
points=(shadow-swap:after)
survives orphans 2.6.3 "$expected" --mode in-place
points=(shadow-leave:named)
survives orphans 2.6.3 "$expected" --mode detached --executor chain
finish_tests
