#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# airshift migrate --verify-rows on MySQL: the new rows beside the old tables are computed a
# second time and compared before the exchange. What is changed in them by the test, while the
# migration is dead, must be found. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=my_test.sh
. "${BASH_SOURCE[0]%/*}/my_test.sh"
my_test_begin rows
# shellcheck disable=SC2119 # no settings
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }

migrate() { # database version [option ...]
    my_url "$1" >"$work/url"
    "$airshift" migrate --url-file "$work/url" --to "$2" --progress plain "${@:3}" >"$work/out" 2>&1
    code=$?
}

revision() { my_sql "$1" -e 'SELECT version_num FROM alembic_version'; }
leftovers() { my_sql mysql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '$1\_%'"; }

my_create old
migrate old 2.11.2
my_sql old <<'EOSQL' || not_ok 'rows'
SET sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES';
INSERT INTO dag (dag_id, is_paused, max_active_tasks, has_task_concurrency_limits, max_consecutive_failed_dag_runs)
    VALUES ('d', 0, 16, 0, 0);
INSERT INTO dag_run (dag_id, run_id, execution_date, start_date, run_type, state, external_trigger, clear_number, conf)
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100)
    SELECT 'd', concat('run', n), '2024-01-01' + INTERVAL n HOUR, '2024-01-01 00:00:00.123456', 'scheduled', 'success', 0, 0,
        X'80057D948C0161944B01732E' FROM n;
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, start_date, state, try_number, max_tries, pool, pool_slots, duration)
    SELECT dag_id, 'task', run_id, -1, '2024-01-02 03:04:05.000007', 'success', 1, 1, 'default_pool', 1, id / 3e0 FROM dag_run;
INSERT INTO xcom (dag_run_id, dag_id, task_id, run_id, map_index, `key`, value, timestamp)
    SELECT id, dag_id, 'task', run_id, -1, 'k', concat('{"n": ', id, '}'), '2024-01-02' FROM dag_run;
INSERT INTO log (dttm, event) SELECT start_date, run_id FROM dag_run;
EOSQL
# --- equal rows ------------------------------------------------------------------------------

my_copy old honest
migrate honest 3.3.2 --mode detached --verify-rows
is "$code $(revision honest) $(leftovers honest)" '0 d2f4e1b3c5a7 ' 'equal rows are accepted'
my_drop honest
my_copy old honest
AIRSHIFT_TEST_SHADOW_BIG_BYTES=0 AIRSHIFT_TEST_SHADOW_RANGE_ROWS=7 migrate honest 3.3.2 --mode detached --verify-rows --workers 3
is "$code $(revision honest) $(leftovers honest)" '0 d2f4e1b3c5a7 ' 'and those of tables that are copied in ranges'
my_drop honest
my_copy old honest
migrate honest 3.3.2 --mode detached --verify-rows --dry-run
is "$code $(revision honest) $(leftovers honest)" '0 5f2621c13b39 ' 'a dry run verifies, too'

# --- what must be found ----------------------------------------------------------------------

# The rows are there and not yet looked at; then they are changed, and the next run goes on.
tampered() { # statement table text
    my_copy old tampered
    AIRSHIFT_TEST_KILL_AT=shadow-verify:before migrate tampered 3.3.2 --mode detached --verify-rows --workers 1
    is "$code" 137 "$3: the run is killed before it looks"
    my_sql tampered_airshift_new -e "SET foreign_key_checks = 0; $1" || not_ok "$3: changed"
    migrate tampered 3.3.2 --mode detached --verify-rows
    is "$code" 7 "$3: exit status"
    like "$(cat "$work/out")" "the new rows of \"$2\" are not what was computed" "$3: the table is named"
    is "$(revision tampered) $(leftovers tampered)" '5f2621c13b39 ' "$3: the old version stands, and what was built is gone"
    my_drop tampered
}
tampered "UPDATE task_instance SET try_number = 2 WHERE run_id = 'run7'" task_instance 'one value changed'
tampered "DELETE FROM xcom WHERE run_id = 'run7'" xcom 'a row lost'
like "$(cat "$work/out")" '100 expected, 99 found' 'a row lost: the numbers'
tampered "INSERT INTO log (dttm, event) VALUES ('2024-01-01', 'e')" log 'a row too many'
tampered "UPDATE xcom SET value = JSON_SET(value, '\$.n', '7') WHERE run_id = 'run7'" xcom 'JSON changed'
tampered "UPDATE dag_run SET conf = JSON_SET(conf, '\$.a', 2) WHERE run_id = 'run7'" dag_run 'JSON from a pickle changed'
tampered "UPDATE task_instance SET executor = '' WHERE run_id = 'run7'" task_instance 'an empty text for NULL'
tampered "UPDATE task_instance SET start_date = '2024-01-02 03:04:05.000008' WHERE run_id = 'run7'" task_instance 'the last digit of a second'
tampered "UPDATE task_instance SET id = concat(left(id, length(id) - 1), IF(right(id, 1) = '0', '1', '0')) WHERE run_id = 'run7'" \
    task_instance 'a digit of a UUID'

# --- a run that goes on ------------------------------------------------------------------------

# What was run on the filled tables cannot be told from what should not be there.
my_create late
migrate late 2.2.5
AIRSHIFT_TEST_KILL_AT=shadow-swap:before migrate late 2.6.3 --mode detached
is "$code" 137 'killed before the exchange'
migrate late 2.6.3 --mode detached --verify-rows
is "$code $(revision late)" '0 c804e5c76e3e' 'the next run verifies, too'
like "$(cat "$work/out")" 'is thrown away' 'and begins anew for that'
my_drop late

# --- where it is not possible ------------------------------------------------------------------

migrate old 3.3.2 --verify-rows --executor chain
is "$code $(revision old)" '9 5f2621c13b39' 'revision by revision it is refused'
like "$(cat "$work/out")" '--verify-rows does not go with --executor chain' 'and says why'
migrate old 3.3.2 --verify-rows
is "$code $(revision old)" '0 d2f4e1b3c5a7' 'in place it works'
finish_tests
