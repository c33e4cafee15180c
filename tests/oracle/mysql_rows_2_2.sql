-- SPDX-License-Identifier: Apache-2.0
--
-- Rows of an Airflow 2.2.5 on MySQL (revision 587bdf053233), for tests/oracle/mysql_pairs.sh: beside those that came up from
-- 1.8.2, what years of hand-deleted tasks leave behind: XComs, failures and rendered fields without a task or a run.
CREATE TEMPORARY TABLE n (n INT PRIMARY KEY) SELECT n FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60) SELECT n FROM c) AS q;
CREATE TEMPORARY TABLE t (t INT PRIMARY KEY) SELECT n AS t FROM n WHERE n <= 4;
INSERT INTO dag (dag_id, is_paused, is_subdag, is_active, fileloc, owners, default_view, has_task_concurrency_limits, max_active_tasks)
SELECT concat('DAG ', n), n % 2, 0, 1, concat('/dags/', n, '.py'), 'me', elt(1 + n % 3, 'tree', 'graph', NULL), 0, 16 FROM n WHERE n <= 6;
INSERT INTO dag_run (dag_id, execution_date, run_id, state, run_type, external_trigger, conf)
SELECT concat('DAG ', 1 + n % 6), timestamp('2021-03-28 00:30:00.25') + INTERVAL n * 7 HOUR, concat(IF(n % 4 = 1, 'manual__', 'scheduled__'), n),
       elt(1 + n % 3, 'success', 'failed', 'running'), IF(n % 4 = 1, 'manual', 'scheduled'), n % 4 = 1, X'80057D942E' FROM n;
INSERT INTO task_instance (task_id, dag_id, run_id, state, try_number, pool, pool_slots)
SELECT concat('Task ', t), dag_id, run_id, 'success', 1, 'default_pool', 1 FROM dag_run JOIN t WHERE dag_id LIKE BINARY 'DAG %';
INSERT INTO `trigger` (id, classpath, kwargs, created_date) VALUES (7, 'a.T', '{"__var": {"x": 1}, "__type": "dict"}', '2021-10-31 02:30:00.5');
UPDATE task_instance SET trigger_id = 7, next_method = 'go', next_kwargs = '{"__var": {}}' WHERE task_id = 'Task 4' AND dag_id = 'DAG 2';
INSERT INTO task_reschedule (task_id, dag_id, run_id, try_number, start_date, end_date, duration, reschedule_date)
SELECT 'Task 3', dag_id, run_id, 1, execution_date, execution_date, 0, execution_date FROM dag_run WHERE dag_id = 'DAG 3';
INSERT INTO xcom (`key`, value, timestamp, execution_date, task_id, dag_id)
SELECT 'return_value', '{}', execution_date, execution_date, concat('Task ', t), dag_id FROM dag_run JOIN t WHERE t <= 2 AND dag_id LIKE BINARY 'DAG %';
INSERT INTO rendered_task_instance_fields (dag_id, task_id, execution_date, rendered_fields)
SELECT dag_id, task_id, execution_date, '{"bash_command": "echo \\"é\\""}' FROM xcom WHERE dag_id LIKE BINARY 'DAG %';
-- Two failures of one task at one time are two rows.
INSERT INTO task_fail (task_id, dag_id, execution_date, duration)
SELECT x.task_id, x.dag_id, x.execution_date, t.t FROM xcom AS x JOIN t WHERE t <= 2 AND task_id = 'Task 1' ORDER BY 1, 2, 3, 4;
-- Of a task that is gone, and of a run that is gone.
INSERT INTO xcom (`key`, value, timestamp, execution_date, task_id, dag_id)
SELECT 'k', '1', execution_date, execution_date, 'task that is gone', dag_id FROM dag_run WHERE dag_id = 'DAG 4';
INSERT INTO xcom (`key`, value, timestamp, execution_date, task_id, dag_id)
SELECT 'k', '2', '2019-12-31', timestamp('2019-12-31') + INTERVAL n DAY, 'Task 1', concat('DAG ', n) FROM n WHERE n <= 6;
INSERT INTO rendered_task_instance_fields (dag_id, task_id, execution_date, rendered_fields)
SELECT dag_id, task_id, execution_date, '{}' FROM xcom WHERE `key` = 'k';
INSERT INTO task_fail (task_id, dag_id, execution_date, duration)
SELECT task_id, dag_id, execution_date, 0 FROM xcom WHERE `key` = 'k' ORDER BY 1, 2, 3;
