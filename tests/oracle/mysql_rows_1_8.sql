-- SPDX-License-Identifier: Apache-2.0
--
-- Rows of an Airflow 1.8.2 on MySQL (revision d2ae31099d61), for tests/oracle/mysql_chain.sh: values that the revisions to
-- 1.10 change or look at, fractions of seconds, NULLs where the old schema allows them, texts in UTF-8.
CREATE TEMPORARY TABLE n (n INT PRIMARY KEY) SELECT n FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40) SELECT n FROM c) AS q;
CREATE TEMPORARY TABLE t (t INT PRIMARY KEY) SELECT n - 1 AS t FROM n WHERE n <= 4;
INSERT INTO users (username, email, password) SELECT concat('user', n), concat('u', n, '@x'), 'p' FROM n WHERE n <= 3;
INSERT INTO dag (dag_id, is_paused, is_subdag, is_active, last_scheduler_run, fileloc, owners)
SELECT concat('dag ', n), n % 2, 0, n % 3 <> 0, timestamp('2017-10-29 01:30:00.123456') + INTERVAL n HOUR, concat('/dags/', n, '.py'), 'me' FROM n WHERE n <= 6;
INSERT INTO dag (dag_id, is_paused) VALUES ('änderung', NULL);
INSERT INTO dag_pickle (pickle, created_dttm, pickle_hash) VALUES (X'80027D71002E', '2017-01-01 00:00:00', 42), (NULL, NULL, NULL);
INSERT INTO dag_run (dag_id, execution_date, state, run_id, external_trigger, conf, start_date)
SELECT concat('dag ', 1 + n % 6), timestamp('2017-03-01 00:00:00') + INTERVAL n * 7 HOUR, elt(1 + n % 3, 'success', 'failed', 'running'),
       concat(elt(1 + n % 4, 'scheduled__', 'backfill_', 'manual__', 'odd'), n), n % 4 = 2, CASE WHEN n % 5 = 0 THEN X'80027D71002E' END,
       timestamp('2017-03-01 00:00:01.5') + INTERVAL n * 7 HOUR FROM n;
INSERT INTO dag_stats VALUES ('dag 1', 'success', 5, 0), ('dag 1', 'failed', 0, 1);
INSERT INTO import_error (timestamp, filename, stacktrace) VALUES ('2017-03-26 02:30:00', '/dags/x.py', 'Traceback'), (NULL, NULL, NULL);
INSERT INTO job (dag_id, state, job_type, start_date, end_date, latest_heartbeat, executor_class, hostname, unixname)
SELECT concat('dag ', n), 'success', 'SchedulerJob', '2017-03-26 02:30:00', '2017-03-26 02:40:00', '2017-03-26 02:39:59.999999', 'LocalExecutor', 'h', 'airflow' FROM n WHERE n <= 5;
INSERT INTO log (dttm, dag_id, task_id, event, execution_date, owner)
SELECT timestamp('2017-10-29 02:30:00') + INTERVAL n * 20 MINUTE, concat('dag ', 1 + n % 6), concat('task ', n % 4), 'success', timestamp('2017-03-01 00:00:00') + INTERVAL n * 7 HOUR, 'me' FROM n WHERE n <= 30;
INSERT INTO sla_miss (task_id, dag_id, execution_date, email_sent, timestamp) SELECT 'task 1', concat('dag ', n), '2017-03-26 02:30:00', 1, '2017-03-26 03:30:00' FROM n WHERE n <= 3;
INSERT INTO slot_pool (pool, slots, description) VALUES ('big', 100, NULL), ('small', NULL, 'x');
INSERT INTO task_fail (task_id, dag_id, execution_date, duration) SELECT concat('task ', n % 4), concat('dag ', 1 + n % 6), timestamp('2017-03-01 00:00:00') + INTERVAL n * 7 HOUR, n FROM n WHERE n <= 10;
INSERT INTO task_instance (task_id, dag_id, execution_date, start_date, duration, state, try_number, hostname, unixname, job_id, pool, queue, priority_weight, operator, pid, max_tries)
SELECT concat('task ', t), concat('dag ', 1 + n % 6), timestamp('2017-03-01 00:00:00') + INTERVAL n * 7 HOUR, timestamp('2017-03-01 00:00:05.25') + INTERVAL n * 7 HOUR, n + 0.5,
       elt(1 + (n + t) % 4, 'success', 'failed', NULL, 'up_for_retry'), CASE WHEN n % 9 = 0 THEN NULL ELSE n % 4 END, 'h', 'airflow', n,
       CASE WHEN t = 2 THEN 'big' END, 'default', 1, 'BashOperator', 100 + n, 1 FROM n JOIN t;
INSERT INTO variable (`key`, val, is_encrypted) VALUES ('a', 'b', 0), ('ü', 'c', NULL);
INSERT INTO connection (conn_id, conn_type, host, `schema`, login, password, port, extra, is_encrypted, is_extra_encrypted)
VALUES ('one', 'http', 'h', 's', 'l', 'p', 80, '{}', 0, NULL), ('imap_default', NULL, 'imap', NULL, NULL, NULL, NULL, NULL, 1, 0);
INSERT INTO xcom (`key`, value, timestamp, execution_date, task_id, dag_id)
SELECT 'return_value', X'7B7D', timestamp('2017-03-01 00:01:00') + INTERVAL n * 7 HOUR, timestamp('2017-03-01 00:00:00') + INTERVAL n * 7 HOUR, 'task 1', concat('dag ', 1 + n % 6) FROM n WHERE n <= 20;
