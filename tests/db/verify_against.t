#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# airshift verify --against: a migrated database against the migration of the unmigrated one,
# and two of one revision, row by row. Whatever differs is named; what each migration draws
# anew is no difference. TAP on stdout. AIRSHIFT names the binary.

set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/postgres.sh
. "$top/tests/lib/postgres.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$top/tests/lib/tap.sh"

airshift=${AIRSHIFT:-$top/build/airshift}
if [ ! -x "$airshift" ] || [ ! -x "$(pg_bindir)/initdb" ]; then
    echo "1..0 # SKIP no program or no PostgreSQL server"
    exit 77
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/airshift-against.XXXXXX")
trap 'pg_stop_all; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1

migrate() { # database version
    "$airshift" migrate --url "$(pg_url "$1")" --to "$2" --progress none >"$dir/migrate.log" 2>&1 || {
        cat "$dir/migrate.log"
        exit 1
    }
}

verify() { # migrated unmigrated [option ...]
    local url=$1 against=$2
    shift 2
    out=$("$airshift" verify --url "$(pg_url "$url")" --against "$(pg_url "$against")" "$@" 2>&1)
    status=$?
}

# What verify says of a copy of "new" after a change.
after_change() { # statement
    pg_create changed new || exit 1
    pg_psql changed -c "$1" || exit 1
    verify changed old
    pg_drop changed
}

# --- an unmigrated database with rows, and its migration -----------------------------------

pg_create old || exit 1
migrate old 2.11.2
pg_psql old >"$dir/rows.log" <<'EOSQL' || exit 1
INSERT INTO dag (dag_id, is_paused, max_active_tasks, has_task_concurrency_limits, max_consecutive_failed_dag_runs)
    SELECT 'dag' || d, false, 16, false, 0 FROM generate_series(1, 3) d;
INSERT INTO dag_run (dag_id, run_id, execution_date, start_date, run_type, state, external_trigger, dag_hash, clear_number,
        log_template_id, conf)
    SELECT 'dag' || d, 'run' || r, timestamptz '2024-01-01' + r * interval '1 hour', timestamptz '2024-01-01',
        'scheduled', 'success', false, NULL, 0, NULL, NULL
    FROM generate_series(1, 3) d, generate_series(1, 100) r;
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, start_date, state, try_number, max_tries, pool, pool_slots)
    SELECT dag_id, 'task' || t, run_id, -1, timestamptz '2024-01-02', 'success', 1, 1, 'default_pool', 1
    FROM dag_run, generate_series(1, 10) t;
INSERT INTO task_reschedule (dag_id, task_id, run_id, map_index, try_number, start_date, end_date, duration, reschedule_date)
    SELECT dag_id, task_id, run_id, map_index, 1, '2024-01-02', '2024-01-02', 1, '2024-01-02' FROM task_instance
    WHERE task_id IN ('task1', 'task2');
INSERT INTO task_instance_note (dag_id, task_id, run_id, map_index, content, created_at, updated_at)
    SELECT dag_id, task_id, run_id, map_index, 'note of ' || run_id, '2024-01-02', '2024-01-02' FROM task_instance
    WHERE task_id = 'task1';
INSERT INTO xcom (dag_run_id, dag_id, task_id, run_id, map_index, key, value, timestamp)
    SELECT r.id, r.dag_id, 'task1', r.run_id, -1, 'return_value', convert_to('{"n": ' || r.id || '}', 'UTF8'), '2024-01-02'
    FROM dag_run r;
INSERT INTO variable (key, val, is_encrypted) SELECT 'v' || n, 'secret ' || n, false FROM generate_series(1, 5) n;
CREATE TABLE own (id integer PRIMARY KEY, what text);
INSERT INTO own SELECT n, 'mine' FROM generate_series(1, 5) n;
EOSQL
pg_create new old || exit 1
migrate new 3.3.2

verify new old
is "$status" 0 'a right migration has no difference'
like "$out" 'rows compared' 'the rows were counted'
[ "$(sed -n 's/ rows compared$//p' <<<"$out")" -ge 4000 ]
is $? 0 'all of the rows'
unlike "$out" '^different' 'nothing is called different'
verify new old --json
is "$(grep -c '"differences": 0' <<<"$out")" 1 'JSON says so too'

# --- what must be found ----------------------------------------------------------------------

after_change "UPDATE task_instance SET try_number = 2 WHERE dag_id = 'dag2' AND run_id = 'run7' AND task_id = 'task3'"
is "$status" 12 'one value changed: exit status'
like "$out" '^different: task_instance dag_id=dag2, task_id=task3, run_id=run7, map_index=-1: try_number$' \
    'one value changed: row and column are named'
is "$(grep -c '^different' <<<"$out")" 2 'one value changed: nothing else'
after_change "UPDATE variable SET val = 'secret 4!' WHERE key = 'v4'"
like "$out" '^different: variable id=4: val$' 'one byte more: row and column are named'
unlike "$out" 'secret' 'values are not shown'
after_change "DELETE FROM xcom WHERE dag_run_id = 33"
like "$out" '^different: xcom has 299 rows, not 300$' 'a row missing: the numbers'
like "$out" '^different: xcom dag_run_id=33, .* is missing$' 'a row missing: its key'
after_change "INSERT INTO dag_run (dag_id, run_id, run_type, state, run_after, clear_number, span_status)
    VALUES ('dag1', 'extra', 'manual', 'success', now(), 0, '')"
like "$out" '^different: dag_run id=301 is one too many$' 'a row too many: its key'
after_change "UPDATE task_reschedule SET ti_id = (SELECT id FROM task_instance
    WHERE dag_id = 'dag3' AND run_id = 'run9' AND task_id = 'task9') WHERE id = 5"
like "$out" '^different: task_reschedule id=5: ti_id$' 'a reference that leads to another row'
is "$(grep -c '^different' <<<"$out")" 2 'and nothing else'
after_change "UPDATE task_instance SET id = gen_random_uuid() WHERE task_id = 'task5' AND run_id = 'run1' AND dag_id = 'dag1'"
like "$out" 'task_instance dag_id=dag1, task_id=task5, .*: id$' 'a UUID of another version'
after_change "UPDATE own SET what = 'yours' WHERE id = 2"
like "$out" '^different: own id=2: what$' "a table of the user's own"
after_change "UPDATE dag_run SET conf = '{\"a\": 1}' WHERE dag_id = 'dag1'"
like "$out" 'dag_run id=[0-9]+: conf' 'many rows: some are named'
is "$(grep -c '^different: dag_run id=' <<<"$out")" 10 'many rows: not more than asked for'
like "$out" '^note: more rows of dag_run differ' 'many rows: it says so'
pg_create changed new && pg_psql changed -c 'DROP TABLE own' && verify changed old
like "$out" '^different: table own is missing$' 'a table that is missing'
pg_drop changed

# --- two of one revision ---------------------------------------------------------------------

pg_create twin new || exit 1
verify twin new
is "$status" 0 'a copy has no difference'
pg_psql twin -c "UPDATE task_instance SET id = gen_random_uuid() WHERE task_id = 'task5' AND run_id = 'run1' AND dag_id = 'dag1'"
verify twin new
is "$status" 12 'of one revision even a UUID must be the same'
pg_drop twin

# --- the wrong way round, and what is no database of Airflow's ---------------------------------

verify old new
is "$status" 9 'the unmigrated one is not the newer one: exit status'
like "$out" '--against takes the unmigrated database' 'the unmigrated one is not the newer one: it says so'
pg_create empty && verify new empty
is "$status" 7 'an empty database: exit status'
like "$out" 'no Airflow database behind --against' 'an empty database: it says so'
out=$("$airshift" verify --url "$(pg_url new)" --against postgresql://postgres:pw@127.0.0.1/old 2>&1)
is "$?" 2 'no password on the command line'
like "$out" '--against-file' 'but in a file'
(umask 077 && pg_url old >"$dir/old.url")
"$airshift" verify --url "$(pg_url new)" --against-file "$dir/old.url" >"$dir/out" 2>&1
is "$?" 0 'the URL from a file'
is "$(pg_psql old -At -c "SELECT count(*) FROM pg_class WHERE relname LIKE 'native%'")" 0 'nothing is left behind'

finish_tests
