-- SPDX-License-Identifier: Apache-2.0
--
-- Rows of Airflow 2.1.4 (the psql variable `before_run_ids` is on) or 2.2.5, with what years
-- of hand-deleted runs and tasks leave behind: tasks without a run, XComs, failures and
-- rendered fields without a task, and before 2.2 runs without a run_id.

\if :before_run_ids
\set dag_column concurrency
\else
\set dag_column max_active_tasks
\endif
INSERT INTO dag (dag_id, is_paused, is_subdag, is_active, fileloc, owners, default_view, has_task_concurrency_limits, :dag_column)
SELECT 'dag ' || n, n % 2 = 0, false, true, '/dags/' || n || '.py', 'me', (ARRAY['tree', 'graph', NULL])[1 + n % 3], false, 16
FROM generate_series(1, 6) n;
INSERT INTO dag_run (dag_id, execution_date, run_id, state, run_type, external_trigger, creating_job_id)
SELECT 'dag ' || (1 + n % 6), timestamptz '2021-03-28 00:30:00+00' + n * interval '7 hours',
    CASE WHEN n % 4 = 1 THEN 'manual__' ELSE 'scheduled__' END || n, (ARRAY['success', 'failed', 'running'])[1 + n % 3],
    CASE WHEN n % 4 = 1 THEN 'manual' ELSE 'scheduled' END, n % 4 = 1, NULL
FROM generate_series(1, 60) n;

\if :before_run_ids
INSERT INTO task_instance (task_id, dag_id, execution_date, state, try_number, pool, pool_slots)
SELECT 'task ' || t, dag_id, execution_date, 'success', 1, 'default_pool', 1 FROM dag_run, generate_series(1, 4) t;
-- Their runs were deleted by hand; others never had a run_id.
INSERT INTO task_instance (task_id, dag_id, execution_date, state, try_number, pool, pool_slots)
SELECT 'task 1', 'dag ' || n, '2020-02-29 12:00+00', 'failed', 1, 'default_pool', 1 FROM generate_series(1, 5) n;
INSERT INTO dag_run (dag_id, execution_date, run_id, state, run_type) VALUES ('dag 1', '2020-01-01 00:00+00', NULL, 'success', 'manual'),
    ('dag 2', NULL, 'no date', 'failed', 'manual'), (NULL, '2020-01-02 00:00+00', 'no dag', 'failed', 'manual');
INSERT INTO task_instance (task_id, dag_id, execution_date, state, try_number, pool, pool_slots)
VALUES ('task of no run_id', 'dag 1', '2020-01-01 00:00+00', 'success', 1, 'default_pool', 1);
INSERT INTO task_reschedule (task_id, dag_id, execution_date, try_number, start_date, end_date, duration, reschedule_date)
SELECT task_id, dag_id, execution_date, 1, execution_date, execution_date, 0, execution_date FROM dag_run, (VALUES ('task 3')) t (task_id) WHERE run_id IS NOT NULL AND dag_id = 'dag 3';
\else
INSERT INTO task_instance (task_id, dag_id, run_id, state, try_number, pool, pool_slots)
SELECT 'task ' || t, dag_id, run_id, 'success', 1, 'default_pool', 1 FROM dag_run, generate_series(1, 4) t;
INSERT INTO trigger (classpath, kwargs, created_date) VALUES ('a.T', '{"__var": {"x": 1}, "__type": "dict"}', '2021-10-31 02:30:00.5');
UPDATE task_instance SET trigger_id = 1, next_method = 'go', next_kwargs = '{"__var": {}}' WHERE task_id = 'task 4' AND dag_id = 'dag 2';
INSERT INTO task_reschedule (task_id, dag_id, run_id, try_number, start_date, end_date, duration, reschedule_date)
SELECT 'task 3', dag_id, run_id, 1, execution_date, execution_date, 0, execution_date FROM dag_run WHERE dag_id = 'dag 3';
\endif

INSERT INTO xcom (key, value, timestamp, execution_date, task_id, dag_id)
SELECT 'return_value', '\x7b7d', execution_date, execution_date, 'task ' || t, dag_id FROM dag_run, generate_series(1, 2) t
WHERE dag_id IS NOT NULL AND execution_date IS NOT NULL AND run_id IS NOT NULL;
INSERT INTO rendered_task_instance_fields (dag_id, task_id, execution_date, rendered_fields)
SELECT dag_id, task_id, execution_date, '{"bash_command": "echo"}' FROM xcom;
-- Two failures of one task at one time are two rows.
INSERT INTO task_fail (task_id, dag_id, execution_date, duration)
SELECT task_id, dag_id, execution_date, n FROM xcom, generate_series(1, 2) n WHERE task_id = 'task 1';
-- Of a task that is gone, and of a run that is gone.
INSERT INTO xcom (key, value, timestamp, execution_date, task_id, dag_id)
SELECT 'k', '\x31', execution_date, execution_date, 'task that is gone', dag_id FROM dag_run WHERE run_id IS NOT NULL AND dag_id = 'dag 4' AND execution_date IS NOT NULL;
INSERT INTO xcom (key, value, timestamp, execution_date, task_id, dag_id)
SELECT 'k', '\x32', '2019-12-31 00:00+00', timestamptz '2019-12-31 00:00+00' + n * interval '1 day', 'task 1', 'dag ' || n FROM generate_series(1, 6) n;
INSERT INTO rendered_task_instance_fields (dag_id, task_id, execution_date, rendered_fields)
SELECT dag_id, task_id, execution_date, '{}' FROM xcom WHERE key = 'k';
INSERT INTO task_fail (task_id, dag_id, execution_date, duration) SELECT task_id, dag_id, execution_date, 0 FROM xcom WHERE key = 'k';
