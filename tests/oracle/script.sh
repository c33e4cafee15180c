#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# `airshift plan --format sql` is a whole migration: psql alone runs it, and the database
# equals the real Airflow's.

set -u
# shellcheck source=oracle.sh
. "$(dirname "$0")/oracle.sh"

oracle_begin
binary=$(oracle_airshift) || exit 77
pg_start || exit 1
oracle_fresh 2.11.2 source || exit 1
oracle_populate source --rows 150 || exit 1
# A table that is large enough to be filled in ranges, by jobs of its own.
pg_psql source -c "INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
    SELECT dag_run_id, task_id, map_index, 'large ' || n, dag_id, run_id, convert_to('\"' || repeat(md5(n::text), 40) || '\"', 'UTF8'),
           timestamp FROM (SELECT * FROM xcom LIMIT 1) AS x, generate_series(1, 20000) AS n" -c ANALYZE || exit 1
since=$(date +%s)
pg_create real source
oracle_real real 3.3.2 || exit 1
pg_create script source
"$binary" plan --url "postgresql://postgres@127.0.0.1:$PGT_PORT/script" --to 3.3.2 --format sql \
    >"$ORACLE_WORK/script.sql"
if pg_psql script -q -1 -f "$ORACLE_WORK/script.sql" >"$ORACLE_WORK/psql.log" 2>&1; then
    oracle_pass "psql runs the script"
else
    oracle_fail "psql runs the script"
    tail -n 5 "$ORACLE_WORK/psql.log"
fi
if oracle_compare real script source "$since"; then
    oracle_pass "the script makes the database that the real Airflow makes"
else
    oracle_fail "the script makes the database that the real Airflow makes"
fi
oracle_summary
