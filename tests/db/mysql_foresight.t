#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_foresight.t - rows that would end a migration in the middle, revision by revision on a real
# MySQL: rows of a new foreign key that refer to none, times that the new type does not have. They
# are said before anything is changed. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "$(dirname "$0")/my_test.sh"
my_test_begin foresight

# migrate DATABASE VERSION [OPTION ...]: its messages on one line in $out, the exit code in $code
migrate() {
    my_url "$1" >"$work/url"
    out=$(timeout 200 "$airshift" migrate --url-file "$work/url" --to "$2" --progress none "${@:3}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}

# refused DATABASE VERSION NAME PATTERN ...
refused() {
    local pattern

    myt_dump "$1" >"$work/before"
    migrate "$1" "$2" --executor chain
    is "$code" 8 "$3: the exit code of bad rows"
    for pattern in "${@:4}" 'hint: Nothing was changed\. Correct or delete such rows'; do
        like "$out" "$pattern" "$3: $pattern"
    done
    is "$(myt_dump "$1" | diff "$work/before" - | head -n 5)" '' "$3: nothing was changed"
}

# shellcheck disable=SC2119 # its arguments are settings, none here
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }

my_create runs
migrate runs 2.2.5
is "$code" 0 'a database of Airflow 2.2.5'
# A dump is read back without a look at foreign keys. What has no task instance in 2.3, but a run, is moved by the
# revision itself.
my_sql runs <<'SQL'
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state) VALUES (1, 'd', '2022-01-01', 'r', 'manual', 'success');
INSERT INTO task_instance (task_id, dag_id, run_id, pool, pool_slots) VALUES ('t', 'd', 'r', 'p', 1);
INSERT INTO task_fail (task_id, dag_id, execution_date) VALUES ('t', 'd', '2022-01-01'), ('gone', 'd', '2022-01-01');
SET foreign_key_checks = 0;
INSERT INTO task_reschedule (task_id, dag_id, run_id, try_number, start_date, end_date, duration, reschedule_date) VALUES
    ('t', 'd', 'r', 1, now(), now(), 1, now()), ('gone', 'd', 'r', 1, now(), now(), 1, now()), ('gone', 'd', 'r', 2, now(), now(), 1, now());
SQL
my_copy runs one
refused one 2.6.3 'orphans' 'error: table "task_reschedule": a row that is not there is referred to \(foreign key "task_reschedule_ti_fkey" of "task_reschedule"\): \(dag_id, task_id, run_id, map_index\)=\(d, gone, r, -1\), by 2 '
my_sql runs -e "SET foreign_key_checks = 0; INSERT INTO task_reschedule (task_id, dag_id, run_id, try_number, start_date, end_date, duration,
    reschedule_date) SELECT 'other', dag_id, run_id, 3, start_date, end_date, 1, reschedule_date FROM task_reschedule WHERE task_id = 't'"
refused runs 2.6.3 'orphans of two' 'error: table "task_reschedule": 2 rows that are not there are referred to .*, one is .*=\(d, (gone|other), r, -1\), by [12] '
my_sql one -e "DELETE FROM task_reschedule WHERE task_id = 'gone'"
migrate one 2.6.3 --executor chain
is "$code $(my_sql one -e 'SELECT task_id, map_index FROM task_reschedule')" "0 t	-1" 'without them the same command succeeds'

my_create times
migrate times 1.8.2
is "$code" 0 'a database of Airflow 1.8.2'
my_sql times -e "INSERT INTO dag_run (id, dag_id, execution_date, run_id, start_date) VALUES (1, 'd', '2018-01-01', 'r', '2018-01-01'),
    (2, 'd', '1066-10-14', 'old', NULL), (3, 'd', '2018-01-03', 'late', '2039-01-01')"
refused times 1.10.10 'times' 'error: table "dag_run": 2 rows cannot be converted, one is row id=[23]: the time is not between 1970 and 2038, as "(execution|start)_date" of "dag_run" has it'
my_sql times -e 'DELETE FROM dag_run WHERE id > 1'
migrate times 1.10.10 --executor chain
is "$code $(my_sql times -e 'SELECT run_id FROM dag_run')" '0 r' 'without them the same command succeeds'

# What is no JSON, beside what Airflow takes for numbers and what is moved away as a pickle; and numbers of ids that
# somebody made wider.
my_create values
migrate values 2.11.2
is "$code" 0 'a database of Airflow 2.11.2'
my_sql values <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    VALUES (1, 'd', '2024-01-01', 'r1', 'manual', 0, 100), (2, 'd', '2024-01-02', 'r2', 'manual', 0, 100);
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries, custom_operator_name)
    SELECT 't', 'd', run_id, -1, 'success', 'default_pool', 1, 1, 0, '' FROM dag_run;
INSERT INTO xcom (dag_run_id, task_id, map_index, `key`, dag_id, run_id, value, timestamp) VALUES
    (1, 't', -1, 'a', 'd', 'r1', '{"a": NaN}', now()), (1, 't', -1, 'b', 'd', 'r1', X'80049504000000000000004b012e', now()),
    (1, 't', -1, 'c', 'd', 'r1', NULL, now()), (1, 't', -1, 'd', 'd', 'r1', 'NaN is none', now()), (2, 't', -1, 'e', 'd', 'r2', '"ok"', now());
SQL
refused values 3.3.2 'JSON' 'table "xcom": row dag_run_id=1, task_id=t, map_index=-1, key=d cannot be converted: the value is no JSON \("value" of "xcom"\)'
my_sql values -e "DELETE FROM xcom WHERE \`key\` = 'd'"
migrate values 3.3.2 --executor chain
# shellcheck disable=SC2016 # MySQL's quotes
is "$code $(my_sql values -e 'SELECT `key`, value FROM xcom ORDER BY 1' | tr '\t\n' ' ;')" '0 a {"a": null};c NULL;e "ok";' 'without it the same command succeeds'

my_create wide
migrate wide 2.2.5
is "$code" 0 'another database of Airflow 2.2.5'
my_sql wide <<'SQL'
ALTER TABLE dag_run MODIFY id bigint NOT NULL AUTO_INCREMENT;
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, state) VALUES (1, 'd', '2022-01-01', 'r1', 'manual', 'success'),
    (3000000001, 'd', '2022-01-02', 'r2', 'manual', 'success');
INSERT INTO task_instance (task_id, dag_id, run_id, pool, pool_slots) SELECT 't', 'd', run_id, 'p', 1 FROM dag_run;
INSERT INTO xcom (`key`, value, timestamp, execution_date, task_id, dag_id) SELECT 'k', '1', now(), execution_date, 't', 'd' FROM dag_run;
SQL
refused wide 2.6.3 'numbers' 'table "xcom": row .* cannot be converted: the number is out of range, "dag_run_id" of "xcom" is of the type int'
my_sql wide -e "DELETE FROM xcom; DELETE FROM task_instance WHERE run_id = 'r2'; DELETE FROM dag_run WHERE id > 1;
    ALTER TABLE dag_run MODIFY id int NOT NULL AUTO_INCREMENT"
migrate wide 2.6.3 --executor chain
is "$code" 0 'without them the same command succeeds'
finish_tests
