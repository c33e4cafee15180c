-- SPDX-License-Identifier: Apache-2.0
-- generate.sql for MySQL: the same rows in the same proportions, in an empty Airflow 2.11.2
-- database. The session says how many:
--
--     mysql --init-command="SET @n = 1000000" DATABASE <generate_mysql.sql
--
-- The keys below fit by construction; the last statement proves it.
SET SESSION foreign_key_checks = 0, unique_checks = 0, cte_max_recursion_depth = 100000000, time_zone = '+00:00',
    sql_mode = 'STRICT_TRANS_TABLES';
SET SESSION transaction_isolation = 'READ-COMMITTED';

CREATE TEMPORARY TABLE digit (d INT PRIMARY KEY) SELECT d FROM (WITH RECURSIVE c (d) AS
    (SELECT 0 UNION ALL SELECT d + 1 FROM c WHERE d < 9) SELECT d FROM c) AS q;
CREATE TEMPORARY TABLE run (r INT PRIMARY KEY, t DATETIME(6), dag_id VARCHAR(250));
INSERT INTO run SELECT r, timestamp('2023-01-01') + INTERVAL r DIV 500 HOUR,
       concat('team_', r % 500 % 40, '.pipeline_', lpad(r % 500, 4, '0'))
FROM (WITH RECURSIVE c (r) AS (SELECT 0 UNION ALL SELECT r + 1 FROM c WHERE r + 1 < greatest(@n DIV 10, 1)) SELECT r FROM c) AS q;

INSERT INTO dag (dag_id, is_paused, is_subdag, is_active, fileloc, owners, default_view, schedule_interval, max_active_tasks,
                 max_active_runs, max_consecutive_failed_dag_runs, has_task_concurrency_limits)
SELECT concat('team_', d % 40, '.pipeline_', lpad(d, 4, '0')), d % 3 = 0, 0, 1, concat('/opt/airflow/dags/pipeline_', d, '.py'),
       concat('team ', d % 40), 'grid', '"0 * * * *"', 16, 16, 0, 0
FROM (WITH RECURSIVE c (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM c WHERE d < 499) SELECT d FROM c) AS q;

INSERT INTO serialized_dag (dag_id, fileloc, fileloc_hash, data, last_updated, dag_hash)
SELECT dag_id, fileloc, row_number() OVER (),
       json_object('__version', 1, 'dag', json_object('dag_id', dag_id, 'tasks', repeat('t', 4000))), now(), left(sha2(dag_id, 256), 32)
FROM dag;

INSERT INTO dag_run (dag_id, run_id, execution_date, queued_at, start_date, end_date, state, external_trigger, run_type, conf,
                     data_interval_start, data_interval_end, dag_hash, updated_at, clear_number, log_template_id)
SELECT dag_id, date_format(t, 'scheduled__%Y-%m-%dT%H:%i:%s+00:00'), t, t, t + INTERVAL 3 SECOND, t + INTERVAL 8 MINUTE,
       CASE r % 20 WHEN 0 THEN 'failed' ELSE 'success' END, 0, 'scheduled',
       CASE r % 3 WHEN 0 THEN concat(X'8004951f000000000000007d94288c06736f75726365948c03617069948c056261746368944d',
                                     unhex(lpad(hex(r % 65000 % 256), 2, '0')), unhex(lpad(hex(r % 65000 DIV 256), 2, '0')), X'752e')
                  ELSE X'80057d942e' END,
       t, t + INTERVAL 1 HOUR, left(sha2(r, 256), 32), t + INTERVAL 8 MINUTE, 0, NULL
FROM run ORDER BY r;

INSERT INTO task_instance (task_id, dag_id, run_id, map_index, start_date, end_date, duration, state, try_number, max_tries, hostname,
        unixname, job_id, pool, pool_slots, queue, priority_weight, operator, custom_operator_name, queued_dttm, queued_by_job_id, pid,
        executor_config, updated_at, external_executor_id, task_display_name)
SELECT CASE k WHEN 9 THEN 'mapped_load' ELSE concat('group_', k % 3, '.task_', k) END, dag_id, run_id,
       CASE k WHEN 9 THEN id % 5 ELSE -1 END, start_date + INTERVAL k * 40 SECOND, start_date + INTERVAL k * 40 + 35 SECOND,
       35.125 + k, CASE WHEN (id * 10 + k) % 50 = 0 THEN 'failed' WHEN (id + k) % 70 = 0 THEN NULL ELSE 'success' END,
       1 + (id * 10 + k) % 3, 2, concat('worker-', id % 60, '.cluster.internal'), 'airflow', id * 10 + k, 'default_pool', 1,
       'default', 1 + k, 'PythonOperator', '@task',
       CASE WHEN (id + k) % 70 = 0 THEN NULL ELSE start_date + INTERVAL k * 40 - 2 SECOND END, 1, 100 + id % 30000,
       X'80047d942e', end_date, concat(left(sha2(id * 10 + k, 256), 32), '-0000'), concat('task_', k)
FROM (SELECT d AS k FROM digit) AS k, dag_run ORDER BY dag_id, 1, run_id;

INSERT INTO task_instance_history (task_id, dag_id, run_id, map_index, try_number, start_date, end_date, duration, state, max_tries,
        hostname, unixname, pool, pool_slots, queue, priority_weight, operator, queued_dttm, executor_config, updated_at,
        task_display_name)
SELECT task_id, dag_id, run_id, map_index, 1, start_date - INTERVAL 10 MINUTE, end_date - INTERVAL 10 MINUTE, duration, 'failed',
       max_tries, hostname, unixname, pool, pool_slots, queue, priority_weight, operator, queued_dttm - INTERVAL 10 MINUTE,
       executor_config, updated_at, task_display_name
FROM task_instance WHERE job_id % 6 = 0;

-- One value in a hundred is a pickle. Where a value has a NaN, the real 3.3.2 gives up on MySQL: there is none.
INSERT INTO xcom (dag_run_id, task_id, map_index, `key`, dag_id, run_id, value, timestamp)
SELECT r.id, t.task_id, t.map_index, 'return_value', t.dag_id, t.run_id,
       CASE WHEN t.job_id % 100 = 3 THEN X'8004950a000000000000008c067069636b6c65942e'
            ELSE CAST(concat('{"rows": ', t.job_id, ', "path": "s3://bucket/', t.dag_id, '/', left(sha2(t.job_id, 256), 32),
                             '", "ok": true}') AS BINARY) END,
       t.end_date
FROM task_instance AS t JOIN dag_run AS r USING (dag_id, run_id) WHERE t.job_id % 25 < 11 ORDER BY r.id, t.task_id;

INSERT INTO rendered_task_instance_fields (dag_id, task_id, run_id, map_index, rendered_fields)
SELECT dag_id, task_id, run_id, map_index,
       json_object('op_args', '[]', 'op_kwargs', json_object('bucket', dag_id, 'key', left(sha2(job_id, 256), 32)), 'sql', repeat('select 1;', 10))
FROM task_instance WHERE job_id % 10 < 3;

INSERT INTO task_reschedule (task_id, dag_id, run_id, map_index, try_number, start_date, end_date, duration, reschedule_date)
SELECT task_id, dag_id, run_id, map_index, 1, start_date, end_date, 35, end_date + INTERVAL 1 MINUTE FROM task_instance WHERE job_id % 20 = 7;

INSERT INTO task_instance_note (task_id, dag_id, run_id, map_index, content, created_at, updated_at)
SELECT task_id, dag_id, run_id, map_index, concat('looked at ', job_id), start_date, start_date FROM task_instance WHERE job_id % 100 = 11;

INSERT INTO task_fail (task_id, dag_id, run_id, map_index, start_date, end_date, duration)
SELECT task_id, dag_id, run_id, map_index, start_date, end_date, 35 FROM task_instance WHERE state = 'failed';

INSERT INTO log (dttm, dag_id, task_id, map_index, event, execution_date, run_id, owner, extra)
SELECT t.start_date, t.dag_id, t.task_id, t.map_index,
       CASE WHEN t.job_id % 300 = 0 THEN NULL WHEN t.job_id % 2 = 0 THEN 'success' ELSE 'running' END, t.start_date, t.run_id, 'airflow',
       CASE t.job_id % 4 WHEN 0 THEN concat('{"host": "', t.hostname, '"}') END
FROM task_instance AS t;

INSERT INTO ab_role (id, name) SELECT 100 + a.r, concat('role ', a.r) FROM run AS a WHERE a.r < 20;
INSERT INTO ab_user (id, first_name, last_name, username, email, active)
SELECT 100 + r, 'first', 'last', concat('user', r), concat('user', r, '@example.org'), 1 FROM run WHERE r < @n DIV 20;
INSERT INTO ab_user_role (id, user_id, role_id)
SELECT 1 + u.id * 20 - 2000 + r.id - 100, u.id, r.id FROM ab_user AS u, ab_role AS r WHERE u.id >= 100 AND r.id >= 100;

ANALYZE TABLE dag_run, task_instance, task_instance_history, xcom, rendered_task_instance_fields, task_reschedule, task_instance_note,
    task_fail, log, ab_user, ab_user_role;

-- Dangling references: none, or the benchmark measures something else.
SELECT 'dangling', count(*) FROM task_instance AS t LEFT JOIN dag_run AS r USING (dag_id, run_id) WHERE r.id IS NULL HAVING count(*) > 0;
