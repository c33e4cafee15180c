#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_failures.sh - rows on which the real `airflow db migrate` dies half-way on a real MySQL:
# it does so, and airshift refuses them with table, number, key, reason and remedy, unchanged
# (fused), or does not begin where a query can tell (chain). What failures.sh is for PostgreSQL.
# TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"

shift_to() { # database version [option ...]
    my_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$2" --fernet-key-file "$work/key" --progress none "${@:3}" \
        >"$work/out" 2>"$work/err"
}

leftovers() { # database
    my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '$1\_%'
        UNION ALL SELECT table_name FROM information_schema.tables WHERE table_schema = '$1' AND table_name LIKE 'airshift%'"
}

# says TEXT PATTERN ...: each is in a line of the last refusal
says() {
    local pattern

    for pattern in "${@:2}"; do
        is "$(grep -cE "$pattern" "$work/err")" 1 "$1: $pattern" || sed 's/^/# /' "$work/err"
    done
}

# refused DATABASE VERSION NAME PATTERN ...: in one go, and in ranges of some rows by three workers
refused() {
    picture "$1" >"$work/before"
    shift_to "$1" "$2" --mode detached
    is "$?" 8 "$3: the exit code of bad rows"
    says "$3" "${@:4}" 'hint: (Nothing was changed. )?Correct or delete such rows'
    is "$(picture "$1" | diff "$work/before" - | head -n 5)$(leftovers "$1")" '' "$3: nothing was changed, nothing is left"
}

in_ranges() { # command ...
    AIRSHIFT_TEST_SHADOW_BIG_BYTES=0 AIRSHIFT_TEST_SHADOW_RANGE_ROWS=2 "$@"
}

# foreseen DATABASE VERSION NAME PATTERN ...: what a query over the rows shows, the chain executor
# says before it begins, for there is no way back
foreseen() {
    picture "$1" >"$work/before"
    shift_to "$1" "$2" --executor chain
    is "$?" 8 "$3: the exit code of bad rows"
    says "$3" "${@:4}" 'hint: Nothing was changed. Correct or delete such rows'
    is "$(picture "$1" | diff "$work/before" - | head -n 5)$(leftovers "$1")" '' "$3: nothing was changed, nothing is left"
    shift_to "$1" "$2" --executor chain --quarantine
    like "$? $(tr '\n' ' ' <"$work/err")" '^2 .*--quarantine goes with the fused executor only' "$3: --quarantine is refused"
}

# The runs, task instances and xcoms that must come through, whatever else is there.
good() { # database name
    is "$(my_sql "$1" -e "SELECT run_id, \`key\`, CAST(value AS CHAR) FROM xcom ORDER BY 1, 2" | tr '\t\n' '  ')" \
        'r1 good "ok" r2 good "ok" r3 good "ok" ' "$2: the good rows are there"
}

xcom() { # key value-in-hexadecimal
    echo "INSERT INTO xcom (dag_run_id, task_id, map_index, \`key\`, dag_id, run_id, value, timestamp)
        VALUES (2, 't', -1, '$1', 'd', 'r2', X'$2', '2024-01-02');"
}

mysql_oracle_begin failures
my_create new
if ! airflow_run 2.11.2 "$(my_url new)" db migrate >"$work/log" 2>&1; then
    not_ok 'a database of Airflow 2.11.2' "$(tail -n 5 "$work/log")"
    finish_tests
    exit 1
fi
my_sql new <<'SQL'
CREATE TEMPORARY TABLE n (n INT PRIMARY KEY) SELECT 1 AS n UNION SELECT 2 UNION SELECT 3;
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, conf, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01' + INTERVAL n DAY, concat('r', n), 'manual', X'8004950a000000000000007d948c0161944b01732e', 0, 100 FROM n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', dag_id, run_id, -1, 'success', 'default_pool', 1, 1, 0 FROM dag_run;
INSERT INTO xcom (dag_run_id, task_id, map_index, `key`, dag_id, run_id, value, timestamp)
    SELECT id, 't', -1, 'good', 'd', run_id, '"ok"', '2024-01-01' FROM dag_run;
SQL

# --- every kind at once: all are said in one run ------------------------------------------

my_copy new bad
my_sql bad -e "$(xcom surrogate 225c756438336422)$(xcom empty '')$(xcom words 6e6f74204a534f4e)$(xcom utf8 22ff22)$(xcom utf8-nan 224e614eff22)$(xcom protocol-0 286470300a5661)
    INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES (7, repeat('u', 1501), '{}', now(), now(), 0),
        (8, 's3://good', '{}', now(), now(), 0)"
fix="DELETE FROM xcom WHERE \`key\` <> 'good'; DELETE FROM dataset WHERE id = 7"
expected=(
    'table "xcom": 6 rows cannot be converted, one is row dag_run_id=2, task_id=t, map_index=-1, key=[a-z0-9-]*: Invalid JSON text'
    'table "asset": row id=7 cannot be converted: Data (truncated|too long) for column .uri.'
    'table "asset_active": row id=7 cannot be converted: Data (truncated|too long) for column .name.'
)
refused bad 3.3.2 'bad rows of 2.11' "${expected[@]}"
in_ranges refused bad 3.3.2 'in ranges' "${expected[@]}"
shift_to bad 3.3.2 --mode detached --quarantine
like "$? $(tr '\n' ' ' <"$work/err")" '^9 error: --quarantine does not work on MySQL yet; nothing was changed error: hint: Without it .*correct or delete them' \
    '--quarantine is refused, and what to do instead'
is "$(picture bad | diff "$work/before" - | head -n 5)$(leftovers bad)" '' '--quarantine: nothing was changed'
foreseen bad 3.3.2 'in place' 'table "xcom": 5 rows cannot be converted, one is row dag_run_id=2, task_id=t, map_index=-1, key=empty: the value is no JSON' \
    'table "dataset": row id=7 cannot be converted: the text is too long, "(uri|name)" of "asset" takes 1500 characters' \
    'table "dataset": row id=7 cannot be converted: the text is too long, "name" of "asset_active" takes 1500 characters'
my_copy bad real
airflow_run 3.3.2 "$(my_url real)" db migrate >"$work/log" 2>&1
like "$? $(my_sql real -e 'SELECT version_num FROM alembic_version')" '^1 ' 'the real one dies of them'
is "$(my_sql real -e 'SELECT version_num FROM alembic_version' | grep -c 5f2621c13b39)" 0 'half-way'
my_drop real
my_sql bad -e "$fix"
shift_to bad 3.3.2 --mode detached
is "$? $(grep error: "$work/err")$(leftovers bad)" '0 ' 'after the fix the same command succeeds'
good bad 'after the fix'
my_drop bad

# --- too many to count --------------------------------------------------------------------

my_copy new many
my_sql many -e "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 150)
    SELECT 1000 + n, concat(repeat('u', 1500), n), '{}', now(), now(), 0 FROM n"
shift_to many 3.3.2 --mode detached
is "$?" 8 'more than a hundred: the exit code of bad rows'
like "$(tr '\n' ' ' <"$work/err")" 'table "asset(_active)?": [0-9]+ or more rows cannot be converted, one is row id=1[0-9]+: ' 'they are counted up to a hundred'
is "$(leftovers many)" '' 'and nothing is left'
my_drop many

# --- objects of the user's ------------------------------------------------------------------

# The server would let such a view go to ruin, and say so when it is read.
my_copy new views
my_sql views -e 'CREATE VIEW mine AS SELECT * FROM task_instance; CREATE VIEW kept AS SELECT dag_id, t.state AS s FROM task_instance AS t'
picture views >"$work/before"
for way in '--mode detached' '--executor chain'; do
    # shellcheck disable=SC2086 # two words
    shift_to views 3.3.2 $way
    like "$? $(tr '\n' ' ' <"$work/err")" '^8 error: view "views.mine" uses table "task_instance", and column "[a-z_]+" is not in the target version; nothing was changed .*hint: Drop it before' \
        "a view that would be broken, $way"
    is "$(picture views | diff "$work/before" - | head -n 5)$(leftovers views)" '' "a view that would be broken, $way: nothing was changed"
done
my_sql views -e 'DROP VIEW mine;
    CREATE TABLE mine (task_id varchar(250) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin, dag_id varchar(250) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin,
        run_id varchar(250) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin, map_index int, note text, CONSTRAINT mine_fkey FOREIGN KEY
        (dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE);
    INSERT INTO mine VALUES ("t", "d", "r1", -1, "kept")'
shift_to views 3.3.2 --mode detached
is "$? $(grep error: "$work/err")$(leftovers views)" '0 ' 'without it the same command succeeds'
is "$(my_sql views -e 'SELECT count(*), min(s) FROM kept')" "3	success" 'a view of columns that stay is as good as before'
# shellcheck disable=SC2016 # quotes of the server's
like "$(my_sql views -e 'SHOW CREATE TABLE mine') $(my_sql views -e 'SELECT note FROM mine')" \
    'CONSTRAINT `mine_fkey` FOREIGN KEY .* REFERENCES `task_instance` .* ON DELETE CASCADE.* kept$' 'and so is a table with a foreign key'
my_drop views

# --- from 1.10.15: values that must be there, and keys that must differ ---------------------

my_create old
if ! grow old 03afc6b6f902; then
    finish_tests
    exit 1
fi
my_sql old <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, state)
    SELECT n, 'd', '2020-01-01' + INTERVAL n DAY, concat('r', n), 'success' FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) AS n;
INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool, pool_slots, try_number, max_tries)
    SELECT 't', 'd', execution_date, 'success', 'default_pool', 1, 1, 0 FROM dag_run;
INSERT INTO xcom (id, `key`, value, timestamp, execution_date, task_id, dag_id)
    SELECT id, 'good', '"ok"', execution_date, execution_date, 't', 'd' FROM dag_run;
INSERT INTO connection (id, conn_id, conn_type) VALUES (1, 'c', 'http');
INSERT INTO connection (id, conn_id, conn_type) VALUES (11, 'c', 'http'), (12, 'untyped', NULL);
INSERT INTO xcom (id, `key`, value, timestamp, execution_date, task_id, dag_id)
    SELECT 11, `key`, value, timestamp, execution_date, task_id, dag_id FROM xcom WHERE id = 1
    UNION ALL SELECT 12, NULL, value, timestamp, execution_date, task_id, dag_id FROM xcom WHERE id = 1;
SQL
fix='DELETE FROM connection WHERE id > 10; DELETE FROM xcom WHERE timestamp > 0 AND id > 10'
refused old 2.11.2 'bad rows of 1.10' \
    "table \"connection\": 2 rows cannot be converted, one is row id=1[12]: (Duplicate entry 'c'|Column 'conn_type' cannot be null)" \
    "table \"xcom\": 2 rows cannot be converted, one is row id=1[12]: (Duplicate entry '1-t--1-good'|Column 'key' cannot be null)"
keys=(
    'table "connection": a key that must be unique is there more than once: \(conn_id\)=\(c\) has 2 rows, from 1 to 11'
    'table "xcom": a key that must be unique is there more than once: \(dag_run_id, task_id, map_index, key\)=\(1, t, -1, good\) has 2 rows, from 1 to 11'
)
# Where keys are made after the rows are there, which takes long, the rows are asked first.
in_ranges refused old 2.11.2 'keys of big tables' "${keys[@]}"
foreseen old 2.11.2 'from 1.10, in place' "${keys[@]}" \
    'table "connection": row id=12 cannot be converted: "conn_type" of "connection" must not be NULL' \
    'table "xcom": row id=12 cannot be converted: "key" of "xcom" must not be NULL'
my_copy old real
airflow_python 2.11.2 "$(my_url real)" "$here/chain.py" upgrade 8d48763f6d53 >"$work/log" 2>&1
like "$?" '^[1-9]' 'the real one dies of them'
my_drop real
my_sql old -e "$fix"
my_copy old chained
shift_to chained 2.11.2 --executor chain
is "$? $(grep error: "$work/err")" '0 ' 'after the fix the chain succeeds'
good chained 'from 1.10, in place'
shift_to old 2.11.2 --mode detached
is "$? $(grep error: "$work/err")$(leftovers old)" '0 ' 'after the fix the same command succeeds'
good old 'from 1.10'
finish_tests
