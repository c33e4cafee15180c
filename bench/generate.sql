-- SPDX-License-Identifier: Apache-2.0
-- Fills an empty Airflow 2.11.2 database with rows in the proportions of a production
-- one, on the server, without a client in between:
--
--     psql -v n=1000000 -f generate.sql DATABASE
--
-- n task instances, ten a run; n xcoms * 0.44, n / 6 history rows, n log rows,
-- n ab_user_role rows, n * 0.3 rendered fields, n / 20 reschedules, n / 100 notes.
-- The same n gives the same rows (but for the ids that sequences deal out).
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SET timezone = 'UTC';
-- The keys below fit by construction: foreign keys are not looked up row by row.
SET session_replication_role = replica;

BEGIN;
-- Indexes that enforce nothing are built at the end.
CREATE TEMPORARY TABLE bench_index AS
SELECT c.relname, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique;
SELECT format('DROP INDEX %I', relname) FROM bench_index \gexec

INSERT INTO dag (dag_id, is_paused, is_subdag, is_active, fileloc, owners, default_view,
                 schedule_interval, max_active_tasks, max_active_runs,
                 max_consecutive_failed_dag_runs, has_task_concurrency_limits)
SELECT 'team_' || d % 40 || '.pipeline_' || lpad(d::text, 4, '0'), d % 3 = 0, false, true,
       '/opt/airflow/dags/pipeline_' || d || '.py', 'team ' || d % 40, 'grid',
       '"0 * * * *"', 16, 16, 0, false
FROM generate_series(0, 499) d;

INSERT INTO serialized_dag (dag_id, fileloc, fileloc_hash, data, last_updated, dag_hash)
SELECT dag_id, fileloc, row_number() OVER (), json_build_object('__version', 1, 'dag',
       json_build_object('dag_id', dag_id, 'tasks', repeat('t', 4000))), now(), md5(dag_id)
FROM dag;

-- Two confs in three are the empty dictionary, as the scheduler writes it.
INSERT INTO dag_run (dag_id, run_id, execution_date, queued_at, start_date, end_date, state,
                     external_trigger, run_type, conf, data_interval_start, data_interval_end,
                     dag_hash, updated_at, clear_number, log_template_id)
SELECT 'team_' || r % 500 % 40 || '.pipeline_' || lpad((r % 500)::text, 4, '0'),
       'scheduled__' || to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS+00:00'), t, t, t + interval '3 s',
       t + interval '8 min', CASE r % 20 WHEN 0 THEN 'failed' ELSE 'success' END, false,
       'scheduled', CASE r % 3 WHEN 0 THEN
           -- {"source": "api", "batch": <two bytes>}, protocol 4
           '\x8004951f000000000000007d94288c06736f75726365948c03617069948c056261746368944d'::bytea
           || substring(int4send(r % 65000) from 4 for 1) || substring(int4send(r % 65000) from 3 for 1)
           || '\x752e'::bytea ELSE '\x80057d942e'::bytea END,
       t, t + interval '1 hour', md5(r::text), t + interval '8 min', 0, NULL
FROM (SELECT r, timestamptz '2023-01-01' + (r / 500) * interval '1 hour' AS t
      FROM generate_series(0, greatest(:n / 10, 1) - 1) r) x;

INSERT INTO task_instance (task_id, dag_id, run_id, map_index, start_date, end_date, duration,
        state, try_number, max_tries, hostname, unixname, job_id, pool, pool_slots, queue,
        priority_weight, operator, custom_operator_name, queued_dttm, queued_by_job_id, pid,
        executor_config, updated_at, external_executor_id, task_display_name)
SELECT CASE k WHEN 9 THEN 'mapped_load' ELSE 'group_' || k % 3 || '.task_' || k END, dag_id, run_id,
       CASE k WHEN 9 THEN id % 5 ELSE -1 END, start_date + k * interval '40 s',
       start_date + k * interval '40 s' + interval '35 s', 35.125 + k,
       CASE WHEN (id * 10 + k) % 50 = 0 THEN 'failed' WHEN (id + k) % 70 = 0 THEN NULL ELSE 'success' END,
       1 + (id * 10 + k)::integer % 3, 2, 'worker-' || id % 60 || '.cluster.internal', 'airflow',
       id * 10 + k, 'default_pool', 1, 'default', 1 + k, 'PythonOperator', '@task',
       CASE WHEN (id + k) % 70 = 0 THEN NULL ELSE start_date + k * interval '40 s' - interval '2 s' END,
       1, 100 + id % 30000, '\x80047d942e'::bytea, end_date,
       md5((id * 10 + k)::text) || '-0000', 'task_' || k
FROM dag_run, generate_series(0, 9) k
WHERE state IS NOT NULL;

INSERT INTO task_instance_history (task_id, dag_id, run_id, map_index, try_number, start_date,
        end_date, duration, state, max_tries, hostname, unixname, pool, pool_slots, queue,
        priority_weight, operator, queued_dttm, executor_config, updated_at, task_display_name)
SELECT task_id, dag_id, run_id, map_index, 1, start_date - interval '10 min',
       end_date - interval '10 min', duration, 'failed', max_tries, hostname, unixname, pool,
       pool_slots, queue, priority_weight, operator, queued_dttm - interval '10 min',
       executor_config, updated_at, task_display_name
FROM task_instance WHERE job_id % 6 = 0;

-- One value in a hundred is a pickle, one in two hundred has a NaN in it.
INSERT INTO xcom (dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)
SELECT r.id, t.task_id, t.map_index, 'return_value', t.dag_id, t.run_id,
       CASE WHEN t.job_id % 100 = 3 THEN '\x8004950a000000000000008c067069636b6c65942e'::bytea
            WHEN t.job_id % 200 = 4 THEN convert_to('{"rows": ' || t.job_id || ', "mean": NaN}', 'UTF8')
            ELSE convert_to('{"rows": ' || t.job_id || ', "path": "s3://bucket/' || t.dag_id || '/'
                 || md5(t.job_id::text) || '", "ok": true}', 'UTF8') END, t.end_date
FROM task_instance t JOIN dag_run r USING (dag_id, run_id)
WHERE t.job_id % 25 < 11;

INSERT INTO rendered_task_instance_fields (dag_id, task_id, run_id, map_index, rendered_fields)
SELECT dag_id, task_id, run_id, map_index, json_build_object('op_args', '[]', 'op_kwargs',
       json_build_object('bucket', dag_id, 'key', md5(job_id::text)), 'sql', repeat('select 1;', 10))
FROM task_instance WHERE job_id % 10 < 3;

INSERT INTO task_reschedule (task_id, dag_id, run_id, map_index, try_number, start_date, end_date,
                             duration, reschedule_date)
SELECT task_id, dag_id, run_id, map_index, 1, start_date, end_date, 35, end_date + interval '1 min'
FROM task_instance WHERE job_id % 20 = 7;

INSERT INTO task_instance_note (task_id, dag_id, run_id, map_index, content, created_at, updated_at)
SELECT task_id, dag_id, run_id, map_index, 'looked at ' || job_id, start_date, start_date
FROM task_instance WHERE job_id % 100 = 11;

INSERT INTO task_fail (task_id, dag_id, run_id, map_index, start_date, end_date, duration)
SELECT task_id, dag_id, run_id, map_index, start_date, end_date, 35
FROM task_instance WHERE state = 'failed';

INSERT INTO log (dttm, dag_id, task_id, map_index, event, execution_date, run_id, owner, extra)
SELECT t.start_date, t.dag_id, t.task_id, t.map_index,
       CASE WHEN t.job_id % 300 = 0 THEN NULL WHEN t.job_id % 2 = 0 THEN 'success' ELSE 'running' END,
       t.start_date, t.run_id, 'airflow', CASE t.job_id % 4 WHEN 0 THEN '{"host": "' || t.hostname || '"}' END
FROM task_instance t;

INSERT INTO ab_role (id, name) SELECT 100 + r, 'role ' || r FROM generate_series(0, 19) r;
INSERT INTO ab_user (id, first_name, last_name, username, email, active)
SELECT 100 + u, 'first', 'last', 'user' || u, 'user' || u || '@example.org', true
FROM generate_series(0, greatest(:n / 20, 1) - 1) u;
INSERT INTO ab_user_role (id, user_id, role_id)
SELECT 1 + i, 100 + i / 20, 100 + i % 20 FROM generate_series(0, greatest(:n / 20, 1) * 20 - 1) i;
DO $$ BEGIN
    PERFORM setval('ab_role_id_seq', max(id)) FROM ab_role;
    PERFORM setval('ab_user_id_seq', max(id)) FROM ab_user;
    PERFORM setval('ab_user_role_id_seq', max(id)) FROM ab_user_role;
END $$;
SELECT definition FROM bench_index \gexec
DROP TABLE bench_index;
COMMIT;

RESET session_replication_role;
VACUUM (ANALYZE, FREEZE);

-- The generator skipped the foreign keys' checks: prove that they hold.
DO $$
DECLARE bad text;
BEGIN
    SELECT string_agg(what, ', ') INTO bad FROM (
        SELECT 'task_instance' AS what WHERE EXISTS (SELECT 1 FROM task_instance t
            LEFT JOIN dag_run r USING (dag_id, run_id) WHERE r.id IS NULL)
        UNION ALL SELECT 'xcom' WHERE EXISTS (SELECT 1 FROM xcom x LEFT JOIN task_instance t
            USING (dag_id, task_id, run_id, map_index) WHERE t.dag_id IS NULL)
        UNION ALL SELECT 'ab_user_role' WHERE EXISTS (SELECT 1 FROM ab_user_role x
            LEFT JOIN ab_user u ON u.id = x.user_id LEFT JOIN ab_role r ON r.id = x.role_id
            WHERE u.id IS NULL OR r.id IS NULL)
    ) x;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'dangling references in %', bad;
    END IF;
END $$;
