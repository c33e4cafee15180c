#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# chain_quarantine.t - rows that stand in the way of a revision leave the tables before the
# chain executor begins on PostgreSQL: the same rows, with the same reasons, as the fused one
# sets aside, and with them what refers to them there. Killed at any moment, the same command
# ends the same. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=pg_test.sh
. "$(dirname "$0")/pg_test.sh"
pg_test_begin chain_quarantine

# All that is there, but the ids and times that a migration draws; and the traces of airshift.
rows() { # database
    pg_psql "$1" -AtF ' ' <<'SQL'
SELECT 'version', version_num FROM alembic_version;
SELECT 'run', run_id, conf FROM dag_run ORDER BY 2;
SELECT 'instance', run_id, task_id FROM task_instance ORDER BY 2, 3;
SELECT 'xcom', run_id, task_id, key, value FROM xcom ORDER BY 2, 3, 4;
SELECT 'asset', id, uri FROM asset ORDER BY 2;
SELECT 'active', uri FROM asset_active ORDER BY 2;
SELECT 'schedule', asset_id, dag_id FROM dag_schedule_asset_reference ORDER BY 2;
SELECT 'left', nspname FROM pg_namespace WHERE nspname LIKE 'airshift%';
SELECT 'left', tgname FROM pg_trigger WHERE tgname LIKE 'airshift%';
SQL
}

# shellcheck disable=SC2119 # its arguments are settings, none here
pg_start || { not_ok 'a server starts'; finish_tests; exit 1; }
pg_create bad
pg_migrate bad 2.11.2
is "$code" 0 'a database of Airflow 2.11.2'
# XComs that are no JSON, and a dataset with a name that is too long, to which others refer.
pg_psql bad -q -v ON_ERROR_STOP=1 <<'SQL'
INSERT INTO log_template (id, filename, elasticsearch_id, created_at) VALUES (100, 'f', 'e', now());
INSERT INTO dag_run (id, dag_id, execution_date, run_id, run_type, clear_number, log_template_id)
    SELECT n, 'd', '2024-01-01'::timestamptz + n * interval '1 day', 'r' || n, 'manual', 0, 100 FROM generate_series(1, 5) n;
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, state, pool, pool_slots, try_number, max_tries, custom_operator_name)
    SELECT 't', 'd', 'r' || n, -1, 'success', 'default_pool', 1, 1, 0, '' FROM generate_series(1, 5) n;
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
    SELECT n, 't', -1, 'good', 'd', 'r' || n, '\x226f6b22', '2024-01-01' FROM generate_series(1, 5) n;
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp) VALUES
    (2, 't', -1, 'word', 'd', 'r2', 'not JSON', '2024-01-02'), (2, 't', -1, 'half', 'd', 'r2', '"\\ud83d"', '2024-01-02'),
    (3, 't', -1, 'none', 'd', 'r3', '', '2024-01-02'), (3, 't', -1, 'byte', 'd', 'r3', '\x22ff22', '2024-01-02');
INSERT INTO dag (dag_id, has_task_concurrency_limits, max_active_tasks, max_consecutive_failed_dag_runs) VALUES ('d', false, 16, 0);
INSERT INTO dataset (id, uri, extra, created_at, updated_at, is_orphaned) VALUES
    (7, repeat('u', 1501), '{}', now(), now(), false), (8, 's3://good', '{}', now(), now(), false);
INSERT INTO dag_schedule_dataset_reference (dataset_id, dag_id, created_at, updated_at) VALUES (7, 'd', now(), now()), (8, 'd', now(), now());
-- The user's own, which Airflow's next version knows nothing of.
CREATE TABLE mine (id integer PRIMARY KEY, dataset_id integer REFERENCES dataset ON DELETE CASCADE, note text);
INSERT INTO mine VALUES (1, 7, 'of the long one'), (2, 8, 'stays');
SQL
pg_clone bad fused
pg_migrate fused 3.3.2 --quarantine
is "$code" 0 'in one go' || echo "# $out"
pg_quarantined fused >"$work/fused"
is "$(wc -l <"$work/fused")" 7 'four XComs, a dataset, and two rows that refer to it'
for mode in in-place detached; do
    pg_clone bad work
    pg_migrate work 3.3.2 --quarantine --executor chain --mode "$mode"
    is "$code" 0 "$mode, revision by revision" || echo "# $out"
    like "$out" '4 rows of xcom .* _airshift_quarantine__xcom.*revision ' "$mode: they are told before the first revision"
    like "$out" 'table "xcom": row dag_run_id=[23], .* was set aside: ' "$mode: with a key and the reason"
    is "$(pg_quarantined work | diff "$work/fused" - | head -n 5)" '' "$mode: the same rows are set aside as in one go"
    is "$(rows work | diff <(rows fused) - | head -n 5)" '' "$mode: and the same rows are there"
done
is "$(rows work | grep -c '^left')" 0 'nothing of airshift is left'

rows fused >"$work/rows"
pg_clone bad work
for point in aside:commit aside:after chain-aside:commit; do
    AIRSHIFT_TEST_KILL_AT=$point pg_migrate work 3.3.2 --quarantine --executor chain
    is "$code" 137 "killed at $point"
    is "$(pg_psql work -Atc "SELECT count(*) FROM xcom" -c "SELECT count(*) FROM pg_tables WHERE tablename LIKE '\_airshift%'" | paste -sd' ')" '9 0' \
        "killed at $point: all rows are where they were"
done
AIRSHIFT_TEST_KILL_AT=chain-aside:after pg_migrate work 3.3.2 --quarantine --executor chain
is "$code" 137 'killed after it'
is "$(pg_psql work -Atc "SELECT count(*) FROM xcom" -c "SELECT count(*) FROM _airshift_quarantine__xcom" -c 'SELECT version_num FROM alembic_version' | paste -sd' ')" \
    "5 4 $(pg_psql bad -Atc 'SELECT version_num FROM alembic_version')" 'the rows are set aside, and no revision has begun'
AIRSHIFT_TEST_KILL_AT=9fc3fc5de720:after pg_migrate work 3.3.2 --quarantine --executor chain
is "$code" 137 'killed between two revisions'
pg_migrate work 3.3.2 --quarantine --executor chain
is "$code" 0 'killed five times: the same command finishes it' || echo "# $out"
is "$(pg_quarantined work | diff "$work/fused" - | head -n 5)" '' 'killed five times: each row is set aside once'
is "$(rows work | diff "$work/rows" - | head -n 5)" '' 'killed five times: the same rows are there'

# Rows of which none may be moved stay, and the chain does not begin.
pg_clone bad work
pg_psql work -qc 'CREATE SCHEMA other' -c 'CREATE TABLE other.mine (dataset_id integer REFERENCES public.dataset ON DELETE CASCADE)'
pg_migrate work 3.3.2 --quarantine --executor chain
like "$code $out" '^8 .*foreign key "mine_dataset_id_fkey" of another schema refers to it.*Drop the foreign key' 'a key from another schema is refused'
is "$(pg_psql work -Atc "SELECT count(*) FROM xcom" -c "SELECT count(*) FROM pg_tables WHERE tablename LIKE '\_airshift%'" \
    -c "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'airshift%'" | paste -sd' ')" '9 0 0' 'and nothing was changed'
finish_tests
