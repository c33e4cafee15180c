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
    says "$3" "${@:4}" 'hint: ((Nothing was changed. )?Correct or delete such rows|Drop it before the migration and make it again, adapted)'
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
my_copy bad held
shift_to held 3.3.2 --quarantine
is "$? $(my_sql held -e 'SELECT count(*) FROM _airshift_quarantine__xcom UNION ALL SELECT count(*) FROM _airshift_quarantine__dataset' | tr '\n' ' ')" '0 6 1 ' \
    'in place, with others kept from writing: --quarantine sets the same rows aside'
is "$(leftovers held | grep -v quarantine)" '' 'and leaves nothing else'
my_drop held
foreseen bad 3.3.2 'revision by revision' 'table "xcom": 6 rows cannot be converted, one is row dag_run_id=2, task_id=t, map_index=-1, key=[a-z0-9-]*: the value is no JSON' \
    'table "dataset": row id=7 cannot be converted: the text is too long, "(uri|name)" of "asset" takes 1500 characters' \
    'table "dataset": row id=7 cannot be converted: the text is too long, "name" of "asset_active" takes 1500 characters'

# --- rows that the real one takes: the same comes of them ------------------------------------

# A run with each of these pickles: what JSON has no numbers for, and what is no JSON at all.
confs() {
    python3 - <<'PYTHON'
import datetime
import decimal
import pickle

values = [pickle.dumps(value, 4) for value in (
    {"a": float("nan")}, {"a": [float("inf"), {"b": float("-inf")}]}, {"a\0": "\0x"}, {"a": "the word NaN, and \\u0000"},
    {"when": datetime.datetime(2024, 1, 1)}, {"all": {1}}, {"raw": b"x"}, {"sum": decimal.Decimal("1.5")})]
values += [pickle.dumps({"a": 1}, 4)[:-3], bytes.fromhex("8004950e000000000000007d948c0161948c03eda0bd94732e"),
           bytes.fromhex("8004636e6f2e737563682e6d6f64756c650a5468696e670a2e")]
for n, value in enumerate(values, 21):
    print(f"INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, conf, clear_number, log_template_id) VALUES"
          f" ({n}, 'd', '2025-01-01' + INTERVAL {n} DAY, 'r{n}', 'manual', X'{value.hex()}', 0, 100);")
PYTHON
}

mild_result() { # database
    my_sql "$1" -e "SELECT 'connection', conn_id, is_encrypted, is_extra_encrypted FROM connection WHERE conn_id = 'c'
        UNION ALL SELECT 'instance', task_id, concat_ws(' ', try_number, max_tries), CAST(trigger_timeout AS CHAR) FROM task_instance WHERE task_id <> 't'
        UNION ALL SELECT 'pool', pool, slots, '' FROM slot_pool
        UNION ALL SELECT 'variable', left(\`key\`, 30), val, '' FROM variable
        UNION ALL SELECT 'xcom', \`key\`, CAST(value AS CHAR), '' FROM xcom WHERE \`key\` <> 'good'
        UNION ALL SELECT 'run', run_id, CAST(conf AS CHAR), '' FROM dag_run ORDER BY 1, 2"
}

my_copy new mild
my_sql mild -e "INSERT INTO connection (conn_id, conn_type, is_encrypted, is_extra_encrypted) VALUES ('c', 'http', NULL, NULL);
    INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries, trigger_timeout) VALUES
        ('deferred', 'd', 'r1', -1, 'deferred', 'default_pool', 1, 1, 0, '2024-03-31 02:30:00.5'),
        ('tries', 'd', 'r1', -1, 'queued', 'default_pool', 1, NULL, NULL, NULL);
    INSERT INTO slot_pool (pool, slots, include_deferred) VALUES ('empty', NULL, 0);
    INSERT INTO variable (\`key\`, val) VALUES (NULL, NULL);
    $(xcom list 5b4e614e2c20496e66696e6974792c202d496e66696e6974795d)$(xcom word 22746865206e616d65204e614e22)
    $(confs)"
my_copy mild real
airflow_run 3.3.2 "$(my_url real)" db migrate >"$work/log" 2>&1
is "$?" 0 'rows that the real one takes: it does'
mild_result real >"$work/real"
is "$(grep -c . "$work/real")" 22 'with all kinds of them'
for way in '--mode detached' '--executor chain'; do
    my_copy mild work
    # shellcheck disable=SC2086 # two words
    shift_to work 3.3.2 $way
    is "$? $(grep error: "$work/err")$(leftovers work)" '0 ' "rows that the real one takes, $way: migrated"
    is "$(mild_result work | diff "$work/real" - | head -n 10)" '' "rows that the real one takes, $way: the same comes of them"
    is "$(my_sql work -e "SELECT table_name FROM information_schema.tables WHERE table_schema = 'work' AND table_name LIKE '\_airshift\_archive\_\_unpickle%'" | wc -l)" 1 \
        "rows that the real one takes, $way: and what is lost there is kept"
    my_drop work
done
my_drop real
my_drop mild

# Where blanks stand before NaN, the real one sees on this server that it is no JSON, and dies.
my_copy new pretty
my_sql pretty -e "$(xcom pretty 7b0a2020202261223a204e614e0a7d)"
my_copy pretty real
airflow_run 3.3.2 "$(my_url real)" db migrate >"$work/log" 2>&1
is "$?" 1 'a pretty-printed NaN: the real one dies of it'
my_drop real
for way in '--mode detached' '--executor chain'; do
    my_copy pretty work
    # shellcheck disable=SC2086 # two words
    shift_to work 3.3.2 $way
    is "$? $(my_sql work -e "SELECT CAST(value AS CHAR) FROM xcom WHERE \`key\` = 'pretty'")" '0 {"a": null}' "a pretty-printed NaN, $way: it is NULL"
    my_drop work
done
my_drop pretty

# --- the same rows set aside, and what refers to them -------------------------------------

# What is kept of a migration with rows set aside, and what of the tables they were in.
aside_result() { # database
    my_sql "$1" -e "SELECT 'kept', \`key\`, hex(value), airshift_problem LIKE '%JSON%' FROM _airshift_quarantine__xcom
        UNION ALL SELECT 'kept', id, length(uri), airshift_problem REGEXP 'too long|truncated' FROM _airshift_quarantine__dataset_2
        UNION ALL SELECT 'earlier', what, '', '' FROM _airshift_quarantine__dataset
        UNION ALL SELECT 'kept', dag_id, dataset_id, airshift_problem LIKE 'refers to a row of \"asset\" that was set aside (foreign key%'
            FROM _airshift_quarantine__dag_schedule_dataset_reference
        UNION ALL SELECT 'asset', id, uri, '' FROM asset UNION ALL SELECT 'active', name, uri, '' FROM asset_active
        UNION ALL SELECT 'reference', dag_id, asset_id, '' FROM dag_schedule_asset_reference
        UNION ALL SELECT 'version', version_num, '', '' FROM alembic_version ORDER BY 1, 2, 3" | tr '\t\n' ' ;'
}

# quarantined DATABASE NAME: the same command succeeds with --quarantine
quarantined() {
    shift_to "$1" 3.3.2 --mode detached --quarantine
    is "$? $(grep error: "$work/err")$(leftovers "$1")" '0 ' "$2: migrated, and nothing else is left"
    is "$(aside_result "$1")" "$expected_aside" "$2: the rows are kept whole, with reasons and with what refers to them, and no others"
    good "$1" "$2"
}

expected_aside='active s3://good s3://good ;asset 8 s3://good ;earlier row  ;kept 0 1504 1;kept 7 1501 1;kept d 0 1;kept d 7 1;'
expected_aside+='kept empty  1;kept protocol-0 286470300A5661 1;kept surrogate 225C756438336422 1;kept utf8 22FF22 1;'
expected_aside+='kept utf8-nan 224E614EFF22 1;kept words 6E6F74204A534F4E 1;reference d 8 ;version d2f4e1b3c5a7  ;'
my_copy bad aside
# A key of 0, which a server may take for the wish of a new one; an archive of an earlier migration.
my_sql aside -e "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
    INSERT INTO dag (dag_id, has_task_concurrency_limits, max_active_tasks, max_consecutive_failed_dag_runs) VALUES ('d', 0, 16, 0);
    INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES (0, concat('zero', repeat('0', 1500)), '{}', now(), now(), 0);
    INSERT INTO dag_schedule_dataset_reference (dataset_id, dag_id, created_at, updated_at) VALUES (7, 'd', now(), now()),
        (8, 'd', now(), now()), (0, 'd', now(), now());
    CREATE TABLE _airshift_quarantine__dataset AS SELECT 'row' AS what"
my_copy aside plain
picture aside >"$work/before"
shift_to plain 3.3.2 --mode detached --quarantine --dry-run
is "$? $(grep error: "$work/err")$(picture plain | diff "$work/before" - | head -n 5)$(leftovers plain)" '0 ' '--quarantine with --dry-run: all is tried, nothing is changed'
quarantined plain '--quarantine'
like "$(tr '\n' ' ' <"$work/err")" 'table "asset": row id=7 was set aside: Data .*6 rows of xcom could not be migrated and are kept in _airshift_quarantine__xcom' \
    '--quarantine: it says what was set aside'
my_drop plain
my_copy aside ranges
in_ranges quarantined ranges '--quarantine, in ranges'
my_drop ranges
my_copy aside killed
my_rows killed >"$work/rows"
for point in shadow-aside:before shadow-aside:commit shadow-aside:after shadow-swap:before; do
    AIRSHIFT_TEST_KILL_AT=$point shift_to killed 3.3.2 --mode detached --quarantine
    is "$? $(my_rows killed | diff "$work/rows" - | head -n 5)" '137 ' "--quarantine, killed at $point: the rows are as they were"
done
# What was built after the rows were set aside is gone on with.
shift_to killed 3.3.2 --mode detached --quarantine --verbose
is "$(grep -c 'going on with the migration' "$work/err") $(grep -cE 'thrown away|was set aside' "$work/err")" '1 0' \
    '--quarantine, killed four times: the next run goes on, and finds no row again'
is "$(aside_result killed)$(leftovers killed)" "$expected_aside" '--quarantine, killed four times: the same result'
my_drop killed
my_copy aside killed
AIRSHIFT_TEST_KILL_AT=shadow-aside:after shift_to killed 3.3.2 --mode detached --quarantine
refused killed 3.3.2 'killed, resumed without --quarantine' 'set rows aside \(--quarantine\): its build is thrown away'
quarantined killed 'and with it once more'
my_drop killed
my_copy aside killed
AIRSHIFT_TEST_KILL_AT=shadow-swap:after shift_to killed 3.3.2 --mode detached --quarantine
is "$?" 137 '--quarantine, killed right after the swap'
is "$(aside_result killed)" "$expected_aside" '--quarantine, killed right after the swap: rows and archives are there'
shift_to killed 3.3.2 --mode detached --quarantine
is "$? $(aside_result killed)$(leftovers killed)" "0 $expected_aside" '--quarantine, killed right after the swap: the next run ends it'
my_drop killed
# Revision by revision the same rows leave the tables before the first one, with what refers to
# them there: a table of the user's own as well.
my_sql aside -e "CREATE TABLE mine (id int PRIMARY KEY, dataset_id int, CONSTRAINT mine_fkey FOREIGN KEY (dataset_id) REFERENCES dataset (id) ON DELETE CASCADE);
    INSERT INTO mine VALUES (1, 7), (2, 8)"
chained() { # database name [option ...]
    shift_to "$1" 3.3.2 --executor chain --quarantine "${@:3}"
    is "$? $(grep error: "$work/err")$(leftovers "$1")" '0 ' "$2: migrated, and nothing else is left"
    is "$(aside_result "$1")" "$expected_aside" "$2: the same rows are kept as beside the tables"
    is "$(my_sql "$1" -e 'SELECT id, dataset_id FROM _airshift_quarantine__mine UNION ALL SELECT id, dataset_id FROM mine' | tr '\t\n' ' ;')" '1 7;2 8;' \
        "$2: with a row of the user's own"
    good "$1" "$2"
}
for mode in in-place detached; do
    my_copy aside chained
    chained chained "--quarantine, revision by revision, $mode" --mode "$mode"
    my_drop chained
done
my_copy aside killed
my_rows killed >"$work/rows"
for point in shadow-aside:commit shadow-leave:named; do
    AIRSHIFT_TEST_KILL_AT=$point shift_to killed 3.3.2 --executor chain --quarantine
    is "$? $(my_rows killed | diff "$work/rows" - | head -n 5)" '137 ' "--quarantine, revision by revision, killed at $point: the rows are as they were"
done
for point in shadow-leave:renamed shadow-leave:commit; do
    AIRSHIFT_TEST_KILL_AT=$point shift_to killed 3.3.2 --executor chain --quarantine
    is "$? $(my_sql killed -e 'SELECT count(*) FROM xcom UNION ALL SELECT count(*) FROM _airshift_quarantine__xcom' | tr '\n' ' ')" '137 9 6 ' \
        "--quarantine, revision by revision, killed at $point: the rows are in both"
done
for point in shadow-leave:deleted chain-aside:after 9fc3fc5de720:before; do
    AIRSHIFT_TEST_KILL_AT=$point shift_to killed 3.3.2 --executor chain --quarantine
    is "$? $(my_sql killed -e 'SELECT count(*) FROM xcom UNION ALL SELECT count(*) FROM _airshift_quarantine__xcom' | tr '\n' ' ')" '137 3 6 ' \
        "--quarantine, revision by revision, killed at $point: each row is in one of the two"
done
chained killed '--quarantine, revision by revision, killed seven times'
my_drop killed
my_drop aside
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
my_copy new triggers
my_sql triggers -e "INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES (7, 's3://A', '{}', now(), now(), 0);
    CREATE TRIGGER kept BEFORE UPDATE ON dataset FOR EACH ROW SET NEW.extra = json_object('was', OLD.extra);
    CREATE TRIGGER mine BEFORE INSERT ON task_instance FOR EACH ROW SET NEW.job_id = 1"
refused triggers 3.3.2 'a trigger on a column that goes' 'trigger "mine" uses table "task_instance", and cannot be made on the new one: Unknown column .job_id. in .NEW.'
my_sql triggers -e 'DROP TRIGGER mine'
shift_to triggers 3.3.2 --mode detached
is "$? $(grep error: "$work/err")$(leftovers triggers)" '0 ' 'without it the same command succeeds'
is "$(my_sql triggers -e "UPDATE asset SET extra = '{}'; SELECT extra FROM asset; SELECT event_object_table FROM information_schema.triggers WHERE trigger_schema = 'triggers'" | tr '\n' ' ')" \
    '{"was": {}} asset ' 'a trigger follows its table to a new name'
my_drop triggers

# --- rows that lead nowhere, and a trigger without arguments --------------------------------

# All but ids and times of what there is of them, whichever table it went to.
dangling_result() { # database
    my_sql "$1" -e "SELECT 'run', dag_id, run_id FROM dag_run
        UNION ALL SELECT 'moved run', dag_id, run_id FROM _airflow_moved__2_2__dangling__dag_run
        UNION ALL SELECT 'instance', task_id, run_id FROM task_instance
        UNION ALL SELECT 'moved instance', task_id, state FROM _airflow_moved__2_2__dangling__task_instance
        UNION ALL SELECT 'xcom', \`key\`, CAST(value AS CHAR) FROM xcom
        UNION ALL SELECT 'moved xcom', \`key\`, CAST(value AS CHAR) FROM _airflow_moved__2_3__dangling__xcom ORDER BY 1, 2, 3"
}

my_create dangling
shift_to dangling 1.10.15
is "$?" 0 'a database of Airflow 1.10.15'
my_sql dangling <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, state) VALUES (1, 'd', '2020-01-02', 'r1', 'success'),
    (11, 'd', NULL, 'r11', 'success'), (12, 'd', '2021-01-01', NULL, 'success');
INSERT INTO task_instance (task_id, dag_id, execution_date, state, pool, pool_slots, try_number, max_tries) VALUES
    ('t', 'd', '2020-01-02', 'success', 'default_pool', 1, 1, 0), ('t', 'd', '2022-01-01', 'failed', 'default_pool', 1, 1, 0);
INSERT INTO xcom (id, `key`, value, timestamp, execution_date, task_id, dag_id) VALUES (1, 'good', '"ok"', '2020-01-02', '2020-01-02', 't', 'd'),
    (11, 'lost', '"x"', '2022-01-01', '2022-01-01', 't', 'd');
SQL
my_copy dangling real
airflow_run 2.11.2 "$(my_url real)" db migrate >"$work/log" 2>&1
is "$?" 0 'rows that lead nowhere: the real one moves them'
dangling_result real >"$work/real"
is "$(grep -c moved "$work/real")" 4 'into tables of their own'
for way in '--mode detached' '--executor chain'; do
    my_copy dangling work
    # shellcheck disable=SC2086 # two words
    shift_to work 2.11.2 $way
    is "$? $(grep error: "$work/err")$(dangling_result work | diff "$work/real" - | head -n 10)" '0 ' "rows that lead nowhere, $way: they go there, too"
    my_drop work
done
my_drop real
my_drop dangling

cat >"$work/plain.py" <<'PYTHON'
import sys
from cryptography.fernet import Fernet

with open(sys.argv[1]) as key, open(sys.argv[2]) as tokens:
    fernet = Fernet(key.read())
    print(" ".join(fernet.decrypt(token.strip().encode()).decode() for token in tokens))
PYTHON
my_create kwargs
shift_to kwargs 2.6.3
is "$?" 0 'a database of Airflow 2.6.3'
my_sql kwargs -e "INSERT INTO \`trigger\` (id, classpath, kwargs, created_date) VALUES (1, 'a.B', '{}', now()),
    (2, 'a.C', '{\"__var\": {\"n\": 1}, \"__type\": \"dict\"}', now())"
my_copy kwargs real
airflow_run 2.11.2 "$(my_url real)" db migrate >"$work/log" 2>&1
is "$? $(grep -c "KeyError: <Encoding.VAR" "$work/log")" '1 1' 'a trigger without arguments: the real one dies of it'
my_drop real
for way in '--mode detached' '--executor chain'; do
    my_copy kwargs work
    # shellcheck disable=SC2086 # two words
    shift_to work 2.11.2 $way
    is "$? $(grep error: "$work/err")" '0 ' "a trigger without arguments, $way: migrated"
    my_sql work -e "SELECT kwargs FROM \`trigger\` ORDER BY id" >"$work/tokens"
    is "$(airflow_python 2.11.2 "$(my_url work)" "$work/plain.py" "$work/key" "$work/tokens")" \
        '{"__var": {}, "__type": "dict"} {"__var": {"n": 1}, "__type": "dict"}' "a trigger without arguments, $way: both mean what they meant"
    my_drop work
done
my_drop kwargs

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
my_copy old aside
shift_to aside 2.11.2 --mode detached --quarantine
is "$? $(grep error: "$work/err")$(leftovers aside)" '0 ' 'from 1.10, --quarantine: migrated'
is "$(my_sql aside -e "SELECT id, conn_id, airshift_problem LIKE '%null%' FROM _airshift_quarantine__connection
    UNION ALL SELECT id, coalesce(\`key\`, '-'), airshift_problem LIKE '%null%' FROM _airshift_quarantine__xcom
    UNION ALL SELECT id, conn_id, '' FROM connection ORDER BY 1, 2" | tr '\t\n' ' ;')" '1 c ;11 c 0;11 good 0;12 - 1;12 untyped 1;' \
    'from 1.10, --quarantine: of two rows with one key the first stays'
good aside 'from 1.10, --quarantine'
my_drop aside
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
