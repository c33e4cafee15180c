#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# names.t - Airflow's tables where not everybody has them: in a schema of their own, with a
# database, a schema and an owner whose names need quotes. All commands. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/encode.sh
. "$(dirname "$0")/../lib/encode.sh"
pg_test_begin names
# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || exit 1

database='Air flow-ü "d"' schema='Odd "Schema' owner="o'dd owner" fresh='an other'
identifier() { printf '"%s"' "${1//\"/\"\"}"; }
url() { printf 'postgresql://%s@127.0.0.1:%s/%s' "$(url_encode "$owner")" "$PGT_PORT" "$(url_encode "$1")"; }
# As the owner does, who is no superuser.
sql() { "$PGT_BIN/psql" -XAtq -v ON_ERROR_STOP=1 "$(url "$database")" "$@" 2>&1; }
# airshift COMMAND ...: output on one line in $out, exit code in $code
run() {
    out=$(timeout 300 "$airshift" "$1" --url "$(url "${on:-$database}")" "${@:2}" 2>&1)
    code=$?
    out=${out//$'\n'/ }
}
make() { # database [template]
    pg_psql postgres -c "DROP DATABASE IF EXISTS $(identifier "$1") WITH (FORCE)" \
        -c "CREATE DATABASE $(identifier "$1") OWNER $(identifier "$owner") ${2:+TEMPLATE $(identifier "$2")}" 2>/dev/null
}
elsewhere() { sql -c "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_|^information' OR nspname = current_schema())"; }

pg_psql postgres -c "CREATE ROLE $(identifier "$owner") LOGIN" \
    -c "ALTER ROLE $(identifier "$owner") SET search_path = $(identifier "$schema")"
make "$database"
sql -c "CREATE SCHEMA $(identifier "$schema")" >/dev/null
run migrate --to 2.11.2 --progress none
is "$code $(elsewhere)" '0 0' "an empty database: the tables come into the first schema of the search path" || echo "# $out"
run migrate --to 2.11.2 --progress none
like "$code $out" '^0 .*nothing to do|^0 .*at 2.11.2' 'nothing to do'
out=$(sql <<'SQL'
INSERT INTO dag (dag_id, is_active, is_paused, default_view, fileloc, max_active_tasks, has_task_concurrency_limits, max_consecutive_failed_dag_runs) VALUES ('d', true, false, 'grid', 'f.py', 16, false, 0);
INSERT INTO dag_run (dag_id, execution_date, run_id, run_type, state, start_date)
SELECT 'd', '2024-01-01'::timestamptz + n * interval '1 day', 'r' || n, 'scheduled', 'success', '2024-01-01' FROM generate_series(1, 20) n;
INSERT INTO task_instance (dag_id, task_id, run_id, map_index, state, pool, pool_slots, try_number, start_date)
SELECT 'd', 't', run_id, -1, 'success', 'default_pool', 1, 1, start_date FROM dag_run;
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
SELECT id, 't', -1, 'k', 'd', run_id, '{"a": NaN}', now() FROM dag_run;
ANALYZE dag_run, task_instance, xcom;
SQL
)
is "$out" '' 'rows'
make kept "$database"

for how in '--mode detached --verify-rows' '--mode in-place' '--executor chain' '--mode detached --quarantine' '--dry-run'; do
    make "$database" kept
    # shellcheck disable=SC2086 # several options
    run migrate --to 3.3.2 $how --progress none
    is "$code" 0 "migrate $how" || echo "# $out"
    [ "$how" != --dry-run ] || continue
    run verify --to 3.3.2
    like "$code $out $(elsewhere)" ' 0 differences 0$' "migrate $how: verified, and nothing is elsewhere"
done
make "$database" kept
"$airshift" plan --url "$(url "$database")" --to 3.3.2 --format sql >"$work/plan.sql" 2>&1
out=$(sql -f "$work/plan.sql" 2>&1)
is "$? $out" '0 ' 'the plan as SQL runs'
run verify --to 3.3.2
like "$code $out $(elsewhere)" ' 0 differences 0$' 'the plan as SQL: verified, and nothing is elsewhere'
run check --to 3.3.2
is "$code" 0 'check'
for command in 'status' 'monitor' 'preflight --to 3.3.2' 'doctor' 'pause' 'drain --limit 1' 'unpause' 'watch --once'; do
    # shellcheck disable=SC2086 # several options
    run $command
    case $out in
    *SQLSTATE*) not_ok "$command" "$code $out" ;;
    *) ok "$command" ;;
    esac
    [ "$command" != doctor ] || like "$code $out" '^0 .*the tables are those of that' 'the doctor knows the tables'
    [ "$command" != pause ] || is "$(sql -c 'SELECT count(*) FROM dag WHERE NOT is_paused')" 0 'pause: all are paused'
done
is "$(sql -c 'SELECT count(*) FROM dag WHERE NOT is_paused')" 1 'unpause: it runs again'
run backup --to "$work/backup" --progress none
is "$code" 0 'backup' || echo "# $out"
make "$fresh"
on=$fresh run restore --from "$work/backup" --progress none
is "$code" 0 'restore' || echo "# $out"
on=$fresh run verify --to 3.3.2 --against "$(url "$database")"
like "$code $out" '^0 ' 'what was restored is what was backed up' || echo "# $out"
run clean --before '2025-01-01' --archive "$work/archive" --progress none
like "$code $out $(sql -c 'SELECT count(*) FROM task_instance')" '^0 .* 40 rows from before .* 0$' 'clean'
run downgrade --to 2.11.2
run downgrade --to 2.11.2 --yes
is "$code" 0 'downgrade' || echo "# $out"
run check --to 2.11.2
is "$code $(elsewhere)" '0 0' 'downgrade: it is at the version, and nothing is elsewhere'
finish_tests
