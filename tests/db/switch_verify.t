#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# switch_verify.t - what stands between green's migration and `verified`: every row of green is
# held against the spare, a standby that stands still, or against blue. What happens to green
# after its migration is seen, named, and can be undone; a verification that is killed goes on.
# With the real migration of a database of Airflow's.
# shellcheck disable=SC2015
set -u
# shellcheck source=tests/db/switch_lib.sh
. "${srcdir:-.}/tests/db/switch_lib.sh"
airshift=${AIRSHIFT:-./build/airshift}
[ -x "$airshift" ] || skip_all "$airshift is not built"
begin_switch_tests
export AIRSHIFT_TEST_PLAN="$airshift" AIRSHIFT_TEST_MIGRATE="$airshift" AIRSHIFT_TEST_VERIFY="$airshift"
printf 'Z2VoZWltZXItZmVybmV0LWtleS1nZWhlaW1lci0xMjM=' >"$base/fernet.key"

# One conf in three is a pickle: what the tool itself computes is compared, too.
fill_blue() {
    admin "$BLUE_PORT" 'DROP TABLE dag_run, xcom, "odd ""name"'
    "$airshift" migrate --url-file "$base/blue.url" --to 2.11.2 --progress none >"$base/made.log" 2>&1 || {
        cat "$base/made.log"
        return 1
    }
    admin "$BLUE_PORT" "
        INSERT INTO dag_run (dag_id, run_id, execution_date, start_date, run_type, state, external_trigger, clear_number,
                log_template_id, conf)
            SELECT 'dag' || d, 'run' || r, timestamptz '2024-01-01' + r * interval '1 hour', timestamptz '2024-01-01',
                'scheduled', 'success', false, 0, NULL,
                CASE r % 3 WHEN 0 THEN decode('80027d710058' || '05000000' || encode(convert_to(lpad(r::text, 5, 'a'), 'UTF8'), 'hex')
                    || '71014b01732e', 'hex') END
            FROM generate_series(1, 3) d, generate_series(1, 100) r;
        INSERT INTO task_instance (dag_id, task_id, run_id, map_index, start_date, state, try_number, max_tries, pool, pool_slots)
            SELECT dag_id, 'task' || t, run_id, -1, timestamptz '2024-01-02', 'success', 1, 1, 'default_pool', 1
            FROM dag_run, generate_series(1, 5) t"
}

# Whole tables, in the order of their rows' texts.
rows_of_blue() {
    admin "$BLUE_PORT" "SELECT md5(string_agg(r::text, ',' ORDER BY id)), count(*) FROM dag_run r;
        SELECT md5(string_agg(t::text, ',' ORDER BY t::text)), count(*) FROM task_instance t;
        SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relname LIKE '%native%'"
}

# A session on green that has a table for itself behind descriptor 5.
lock_green() { # table
    mkfifo "$base/lock.sql"
    "$bin/psql" -XAtq -h "$base/green-airshift" -p "$GREEN_PORT" -U admin -d airflow -f "$base/lock.sql" >"$base/lock.out" 2>&1 &
    exec 5>"$base/lock.sql"
    echo "BEGIN; LOCK TABLE $1 IN ACCESS EXCLUSIVE MODE; SELECT 'locked';" >&5
    await 10 grep -q locked "$base/lock.out"
}

verification_waits() {
    [ "$(private green "$GREEN_PORT" "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'airshift: verify%' AND wait_event_type = 'Lock'")" -ge 1 ]
}

fill_blue >"$base/filled" 2>&1 && is "$(cat "$base/filled")" '' 'blue is a database of Airflow 2.11.2' ||
    not_ok 'blue is a database of Airflow 2.11.2' "$(cat "$base/filled")"
before=$(rows_of_blue)

# --- a dry run says it ------------------------------------------------------------------

tool start --dry-run >"$base/out" 2>&1
like "$(cat "$base/out")" 'here +run airshift verify --to 3.3.2 --against postgresql://admin@/airflow\?host=.*spare-airshift' \
    'a dry run shows what green is held against'
rm -rf "$base/state"

# --- damaged after the migration --------------------------------------------------------

tool start --until restored >"$base/out" 2>&1
is "$? $(state)" '0 restored' 'start --until restored' || tail -5 "$base/out"
private green "$GREEN_PORT" "UPDATE task_instance SET try_number = 9 WHERE dag_id = 'dag2' AND run_id = 'run7' AND task_id = 'task3';
    UPDATE dag_run SET conf = '{\"other\": 1}' WHERE dag_id = 'dag1' AND run_id = 'run3'; DELETE FROM dag_run WHERE dag_id = 'dag3' AND run_id = 'run100'"
tool resume >"$base/out" 2>&1
is "$? $(state)" '7 restored' 'a damaged green is not verified'
like "$(cat "$base/out")" '^different: task_instance dag_id=dag2, task_id=task3, run_id=run7, map_index=-1: try_number$' \
    'the changed row is named'
like "$(cat "$base/out")" '^different: dag_run id=3: conf$' 'so is a value that the tool has computed'
like "$(cat "$base/out")" '^different: dag_run id=300 is missing$' 'and a row that is gone'
is "$(grep -c '^different: dag_run id=' "$base/out")" 2 'and no other of that table'
like "$(cat "$base/out")" 'switch abort" gives blue back' 'with what to do'
like "$(client "$BLUE_PORT" 'SELECT 1')" 'too many connections' 'blue stays fenced'
tool cutover >"$base/out" 2>&1
is "$? $(state)" '7 restored' 'there is no cutover'
tool abort >"$base/out" 2>&1
is "$? $(state)" '0 aborted' 'abort'
is "$(client "$BLUE_PORT" 'SELECT 1')" 1 'blue serves'
is "$(rows_of_blue)" "$before" 'blue is as it was'

# --- killed while it verifies; the spare stands still -----------------------------------

tool start --until restored >"$base/out" 2>&1
is "$? $(state)" '0 restored' 'another green' # without one there is nothing to lock
[ "$(state)" = restored ] || { finish_tests; exit 1; }
private spare "$SPARE_PORT" 'SELECT pg_wal_replay_resume()' >/dev/null
lock_green task_instance
sed -i 's#^state_directory.*#&\nwatchdog = no#' "$base/switch.conf"
"$SWITCH_TOOL" switch resume --config "$base/switch.conf" >"$base/out" 2>&1 &
pid=$!
await 60 verification_waits && ok 'it verifies' || not_ok 'it verifies' "$(cat "$base/out")"
is "$(private spare "$SPARE_PORT" 'SELECT pg_is_in_recovery(), pg_is_wal_replay_paused()')" 't|t' 'the spare stands still meanwhile'
kill -9 "$pid"
wait "$pid" 2>/dev/null
is "$(state)" restored 'killed while it verifies'
exec 5>&-
wait
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'resume verifies again'
like "$(cat "$base/out")" '^[0-9]+ rows compared$' 'every row'
like "$(cat "$base/out")" 'verifying green against the spare' 'against the spare'
is "$(private spare "$SPARE_PORT" 'SELECT pg_is_in_recovery(), version_num FROM alembic_version')" 't|5f2621c13b39' \
    'which is the standby it was'

# The same by hand: what a standby cannot keep in tables is kept in its session.
against() { # url of the unmigrated one
    "$airshift" verify --url "postgresql://admin@/airflow?host=$base/green-airshift&port=$GREEN_PORT" --to 3.3.2 "$@" 2>/dev/null
}
with_spare=$(against --against "postgresql://admin@/airflow?host=$base/spare-airshift&port=$SPARE_PORT")
is "$(against --against-file "$base/blue.url")" "$with_spare" 'a standby gives what its master does'
like "$with_spare" ', 0 differences$' 'no difference'
tool abort >"$base/out" 2>&1
rm -rf "$base/state"

# --- against blue -----------------------------------------------------------------------

tool start --until restored >"$base/out" 2>&1
AIRSHIFT_TEST_DOCUMENT_BYTES=100 tool resume >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'more than a standby can be given'
like "$(cat "$base/out")" 'green is held against blue' 'is compared with blue'
tool abort >"$base/out" 2>&1
rm -rf "$base/state"

sed -i '/^\[spare\]/,/^\[airflow\]/{/^\[airflow\]/!d}' "$base/switch.conf"
tool start --until restored >"$base/out" 2>&1
private green "$GREEN_PORT" "UPDATE dag_run SET conf = '{\"other\": 1}' WHERE dag_id = 'dag1' AND run_id = 'run3'"
tool resume >"$base/out" 2>&1
is "$? $(state)" '7 restored' 'without a spare it is compared with blue'
like "$(cat "$base/out")" '^different: dag_run id=3: conf$' 'and the row is named'
private green "$GREEN_PORT" "UPDATE dag_run SET conf = '{\"aaaa3\": 1}' WHERE dag_id = 'dag1' AND run_id = 'run3'"
tool resume >"$base/out" 2>&1
is "$? $(state)" '0 verified' 'once that is put right, resume goes on' || tail -5 "$base/out"
is "$(rows_of_blue)" "$before" 'blue is as it was, and no table is left there'
tool cutover >"$base/out" 2>&1
is "$? $(state)" '0 switched' 'and the cutover finds that nobody has written there' || tail -5 "$base/out"
tool rollback >"$base/out" 2>&1
is "$? $(state)" '0 rolled_back' 'rollback'
is "$(rows_of_blue)" "$before" 'blue has its rows'

finish_tests
