-- SPDX-License-Identifier: Apache-2.0
--
-- Rows for the revisions before 2.6.2, written where an Airflow of that time would have
-- written them. A section "-- at REVISION" goes into both databases of the stairway once
-- they are at that revision. "-- real at REVISION" is for the real one alone, before the
-- two are compared: it takes away what only today's Airflow does at so old a revision.

-- at d2ae31099d61
-- 1.8.2: no time zones, xcom and connections as they were.
INSERT INTO users (username, email, password) SELECT 'user' || n, 'u' || n || '@x', 'p' FROM generate_series(1, 3) n;
INSERT INTO chart (label, conn_id, user_id, last_modified, "sql") SELECT 'chart ' || n, 'c', 1 + n % 3, '2017-03-26 02:30:00', 'SELECT 1' FROM generate_series(1, 4) n;
INSERT INTO dag (dag_id, is_paused, is_subdag, is_active, last_scheduler_run, last_pickled, last_expired, scheduler_lock, pickle_id, fileloc, owners)
SELECT 'dag ' || n, n % 2 = 0, false, n % 3 <> 0, timestamp '2017-10-29 01:30:00.123456' + n * interval '1 hour', NULL, NULL, NULL, NULL, '/dags/' || n || '.py', 'me' FROM generate_series(1, 6) n;
INSERT INTO dag (dag_id, is_paused) VALUES ('änderung', NULL);
INSERT INTO dag_pickle (pickle, created_dttm, pickle_hash) VALUES ('\x80027d71002e', '2017-01-01 00:00:00', 42), (NULL, NULL, NULL);
INSERT INTO dag_run (dag_id, execution_date, state, run_id, external_trigger, conf, start_date, end_date)
SELECT 'dag ' || (1 + n % 6), timestamp '2017-03-01 00:00:00' + n * interval '7 hours', (ARRAY['success', 'failed', 'running'])[1 + n % 3],
    (ARRAY['scheduled__', 'backfill_', 'manual__', 'odd'])[1 + n % 4] || to_char(timestamp '2017-03-01' + n * interval '7 hours', 'YYYY-MM-DD"T"HH24:MI:SS'),
    n % 4 = 2, CASE WHEN n % 5 = 0 THEN '\x80027d71002e'::bytea END, timestamp '2017-03-01 00:00:01' + n * interval '7 hours', NULL
FROM generate_series(1, 40) n;
INSERT INTO dag_stats VALUES ('dag 1', 'success', 5, false), ('dag 1', 'failed', 0, true);
INSERT INTO import_error (timestamp, filename, stacktrace) VALUES ('2017-03-26 02:30:00', '/dags/x.py', 'Traceback'), (NULL, NULL, NULL);
INSERT INTO job (dag_id, state, job_type, start_date, end_date, latest_heartbeat, executor_class, hostname, unixname)
SELECT 'dag ' || n, 'success', 'SchedulerJob', '2017-03-26 02:30:00', '2017-03-26 02:40:00', timestamp '2017-03-26 02:39:59.999999', 'LocalExecutor', 'h', 'airflow' FROM generate_series(1, 5) n;
INSERT INTO log (dttm, dag_id, task_id, event, execution_date, owner, extra)
SELECT timestamp '2017-10-29 02:30:00' + n * interval '20 minutes', 'dag ' || (1 + n % 6), 'task ' || (n % 4), 'success', timestamp '2017-03-01 00:00:00' + n * interval '7 hours', 'me', NULL FROM generate_series(1, 30) n;
INSERT INTO sla_miss (task_id, dag_id, execution_date, email_sent, timestamp, description, notification_sent)
SELECT 'task 1', 'dag ' || n, timestamp '2017-03-26 02:30:00', true, timestamp '2017-03-26 03:30:00', NULL, NULL FROM generate_series(1, 3) n;
INSERT INTO slot_pool (pool, slots, description) VALUES ('big', 100, NULL), ('small', NULL, 'x');
INSERT INTO task_fail (task_id, dag_id, execution_date, start_date, end_date, duration)
SELECT 'task ' || (n % 4), 'dag ' || (1 + n % 6), timestamp '2017-03-01 00:00:00' + n * interval '7 hours', NULL, NULL, n FROM generate_series(1, 10) n;
INSERT INTO task_instance (task_id, dag_id, execution_date, start_date, end_date, duration, state, try_number, hostname, unixname, job_id, pool, queue, priority_weight, operator, queued_dttm, pid, max_tries)
SELECT 'task ' || t, 'dag ' || (1 + n % 6), timestamp '2017-03-01 00:00:00' + n * interval '7 hours', timestamp '2017-03-01 00:00:05.25' + n * interval '7 hours', NULL, n + 0.5,
    (ARRAY['success', 'failed', NULL, 'up_for_retry'])[1 + (n + t) % 4], CASE WHEN n % 9 = 0 THEN NULL ELSE n % 4 END, 'h', 'airflow', n, CASE WHEN t = 2 THEN 'big' END, 'default', 1, 'BashOperator', NULL, 100 + n, 1
FROM generate_series(1, 40) n, generate_series(0, 3) t;
INSERT INTO variable (key, val, is_encrypted) VALUES ('a', 'b', false), ('ü', 'c', NULL);
INSERT INTO connection (conn_id, conn_type, host, schema, login, password, port, extra, is_encrypted, is_extra_encrypted)
VALUES ('one', 'http', 'h', 's', 'l', 'p', 80, '{}', false, NULL), ('imap_default', NULL, 'imap', NULL, NULL, NULL, NULL, NULL, true, false);
INSERT INTO xcom (key, value, timestamp, execution_date, task_id, dag_id)
SELECT 'return_value', '\x7b7d', timestamp '2017-03-01 00:01:00' + n * interval '7 hours', timestamp '2017-03-01 00:00:00' + n * interval '7 hours', 'task 1', 'dag ' || (1 + n % 6) FROM generate_series(1, 20) n;

-- at 41f5f12752f8
-- 1.10.2: an old table that Airflow forgot, tasks that wait.
CREATE TABLE known_event (id serial PRIMARY KEY, label varchar(200), user_id integer REFERENCES users (id));
INSERT INTO known_event (label, user_id) VALUES ('launch', 1);
INSERT INTO task_reschedule (task_id, dag_id, execution_date, try_number, start_date, end_date, duration, reschedule_date)
SELECT task_id, dag_id, execution_date, 1, start_date, start_date, 0, start_date + interval '1 minute' FROM task_instance WHERE task_id = 'task 3' ORDER BY execution_date LIMIT 10;
UPDATE users SET superuser = true WHERE id = 1;

-- at b3b105409875
-- 1.10.7: the first serialized DAGs, with the hash of that time.
INSERT INTO serialized_dag (dag_id, fileloc, fileloc_hash, data, last_updated)
SELECT 'dag ' || n, '/opt/airflow/dags/' || n || '.py', n * 7919, '{"dag": {}}', '2019-03-31 02:30:00.5+00' FROM generate_series(1, 4) n;

-- at 03afc6b6f902
-- 1.10.15: roles and permissions of its user interface, more than one DAG's own.
INSERT INTO ab_role (name) VALUES ('Admin'), ('Public'), ('Viewer'), ('User'), ('Op'), ('Team');
INSERT INTO ab_user (first_name, last_name, username, password, active, email) SELECT 'A', 'B', 'user' || n, 'x', true, 'u' || n || '@x' FROM generate_series(1, 3) n;
INSERT INTO ab_user_role (user_id, role_id) VALUES (1, 1), (2, 6), (3, 3);
INSERT INTO ab_permission (name) VALUES ('can_dag_read'), ('can_dag_edit'), ('can_edit'), ('can_list'), ('can_delete'), ('menu_access'), ('can_index'),
    ('can_graph'), ('can_trigger'), ('clear'), ('muldelete'), ('can_conf'), ('can_this_form_get'), ('can_userinfo'), ('can_add'), ('can_clear'), ('can_varimport');
INSERT INTO ab_view_menu (name) VALUES ('all_dags'), ('dag 1'), ('dag 2'), ('DAG:dag 3'), ('Airflow'), ('DagModelView'), ('TaskInstanceModelView'), ('Logs'), ('LogModelView'),
    ('ConfigurationView'), ('ResetPasswordView'), ('UserDBModelView'), ('RoleModelView'), ('VariableModelView'), ('DagRunModelView'), ('Configurations'), ('My own view');
INSERT INTO ab_permission_view (permission_id, view_menu_id)
SELECT p.id, v.id FROM (VALUES ('can_dag_read', 'all_dags'), ('can_dag_edit', 'all_dags'), ('can_dag_read', 'dag 1'), ('can_dag_edit', 'dag 1'), ('can_dag_read', 'dag 2'),
    ('can_dag_read', 'DAG:dag 3'), ('can_index', 'Airflow'), ('can_graph', 'Airflow'), ('can_trigger', 'Airflow'), ('can_clear', 'Airflow'), ('can_delete', 'Airflow'),
    ('can_list', 'DagModelView'), ('clear', 'TaskInstanceModelView'), ('can_list', 'TaskInstanceModelView'), ('menu_access', 'Logs'), ('can_list', 'LogModelView'),
    ('can_conf', 'ConfigurationView'), ('can_this_form_get', 'ResetPasswordView'), ('can_userinfo', 'UserDBModelView'), ('can_add', 'RoleModelView'), ('can_edit', 'VariableModelView'),
    ('muldelete', 'VariableModelView'), ('can_varimport', 'VariableModelView'), ('can_clear', 'DagRunModelView'), ('menu_access', 'Configurations'), ('can_list', 'My own view')) x (p, v)
JOIN ab_permission p ON p.name = x.p JOIN ab_view_menu v ON v.name = x.v;
INSERT INTO ab_permission_view_role (permission_view_id, role_id)
SELECT pv.id, r.id FROM ab_permission_view pv, ab_role r WHERE r.name = 'Admin' OR (r.name IN ('Viewer', 'User', 'Op') AND pv.id % 2 = 0) OR (r.name = 'Team' AND pv.id % 3 = 0);
INSERT INTO rendered_task_instance_fields (dag_id, task_id, execution_date, rendered_fields)
SELECT dag_id, task_id, execution_date, '{"bash_command": "echo"}' FROM task_instance WHERE task_id IN ('task 0', 'task 1');
INSERT INTO dag_tag (name, dag_id) VALUES ('a', 'dag 1'), ('b', 'dag 1');
INSERT INTO dag_code (fileloc_hash, fileloc, source_code, last_updated) SELECT fileloc_hash, fileloc, 'x = 1', last_updated FROM serialized_dag;
UPDATE task_instance SET pool_slots = 2 WHERE task_id = 'task 2';
-- What 1.10.15 adds to a pool of its own accord.
INSERT INTO slot_pool (pool, slots, description) VALUES ('default_pool', 128, 'Default pool');

-- at 45ba3f1493b9
-- 2.0: a smart sensor, a type of run of its own.
INSERT INTO sensor_instance (task_id, dag_id, execution_date, operator, op_classpath, hashcode, shardcode, poke_context, created_at, updated_at)
VALUES ('task 1', 'dag 1', '2020-12-31 23:00+00', 'o', 'c', 1, 1, '{}', '2020-12-31 23:00+00', '2020-12-31 23:00+00');

-- real at 2c6edca13270
-- The web application of 2.11, which this revision starts, has its own table for sessions (c381b21cb7e4 makes it).
DROP TABLE session;

-- real at 82b7c48c147f
DROP TABLE session;

-- real at a13f7613ad25
DROP TABLE session;

-- at a13f7613ad25
-- The real one has given the standard roles what they have in 2.11, airshift what they had in 2.1.
DELETE FROM ab_permission_view_role x USING ab_permission_view pv, ab_view_menu v, ab_permission p
WHERE x.permission_view_id = pv.id AND v.id = pv.view_menu_id AND p.id = pv.permission_id
    AND (v.name IN ('Datasets', 'Cluster Activity', 'DAG Warnings', 'Plugins', 'Audit Logs') OR (v.name, p.name) IN (('Pools', 'can_read'), ('Providers', 'menu_access')));
DELETE FROM ab_permission_view pv USING ab_view_menu v, ab_permission p WHERE v.id = pv.view_menu_id AND p.id = pv.permission_id
    AND (v.name IN ('Datasets', 'Cluster Activity', 'DAG Warnings') OR (v.name, p.name) = ('Providers', 'menu_access'));
DELETE FROM ab_view_menu WHERE name IN ('Datasets', 'Cluster Activity', 'DAG Warnings');
SELECT setval('ab_view_menu_id_seq', 200), setval('ab_permission_view_id_seq', 400), setval('ab_permission_view_role_id_seq', 900);

-- at ccde3e26fe78
-- 2.1.4: runs that were queued, a variable with a description.
UPDATE dag_run SET queued_at = start_date, state = 'queued' WHERE id % 7 = 0;
INSERT INTO variable (key, val, description, is_encrypted) VALUES ('d', 'x', 'described', true);

-- at 54bebd308c5f
-- 2.2: rows that lead to no run any more are made before the keys change (7b2661a43ba3, c306b5b5ae4a, ...). The real
-- chain alone does not look for them, so none here.
INSERT INTO trigger (classpath, kwargs, created_date) VALUES ('a.T', '{"__var": {"x": 1}, "__type": "dict"}', '2021-10-31 02:30:00.5');
UPDATE task_instance SET trigger_id = 1, next_method = 'go', next_kwargs = '{"__var": {}}', trigger_timeout = '2021-10-31 02:30:00' WHERE task_id = 'task 1' AND dag_id = 'dag 2';
DELETE FROM xcom x WHERE NOT EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = x.dag_id AND t.task_id = x.task_id AND t.execution_date = x.execution_date);
DELETE FROM task_fail x WHERE NOT EXISTS (SELECT 1 FROM task_instance t WHERE t.dag_id = x.dag_id AND t.task_id = x.task_id AND t.execution_date = x.execution_date);

-- at 587bdf053233
-- 2.2.5: the view that 2.3 renames, sessions.
UPDATE dag SET default_view = CASE WHEN dag_id = 'dag 1' THEN 'tree' WHEN dag_id = 'dag 2' THEN 'graph' END;
INSERT INTO session (session_id, data, expiry) VALUES ('s', '\x00', '2022-01-01');

-- at f5fcbda3e651
-- 2.3.4: mapped tasks, callbacks, logs.
INSERT INTO task_instance (task_id, dag_id, run_id, map_index, pool, state, pool_slots) SELECT 'task 1', dag_id, run_id, 1, 'default_pool', 'sensing', 1 FROM dag_run WHERE dag_id = 'dag 3';
INSERT INTO task_map (dag_id, task_id, run_id, map_index, length, keys) SELECT dag_id, task_id, run_id, map_index, 3, '["a"]' FROM task_instance WHERE map_index = 1;
INSERT INTO xcom (dag_run_id, task_id, key, value, timestamp, dag_id, run_id, map_index) SELECT r.id, 'task 1', 'return_value', '\x31', now(), r.dag_id, r.run_id, 1 FROM dag_run r WHERE dag_id = 'dag 3';
INSERT INTO callback_request (created_at, priority_weight, callback_data, callback_type, dag_directory) VALUES ('2022-09-01 00:00+00', 1, '{"a": 1}', 'DagCallbackRequest', '/dags');
INSERT INTO log_template (filename, elasticsearch_id, created_at) VALUES ('f', 'e', '2022-09-01 00:00+00');

-- at 290244fb8b83
-- 2.5: datasets, notes, owners.
INSERT INTO dataset (uri, extra, created_at, updated_at) VALUES ('s3://a/b', '{}', '2023-01-01 00:00+00', '2023-01-01 00:00+00');
INSERT INTO dataset_event (dataset_id, extra, timestamp) VALUES (1, '{"k": "v"}', '2023-01-01 00:00+00');
INSERT INTO dag_owner_attributes VALUES ('dag 1', 'me', 'mailto:me');
INSERT INTO dag_warning VALUES ('dag 1', 'w', 'm', '2023-01-01 00:00+00');
INSERT INTO dag_run_note (user_id, dag_run_id, content, created_at, updated_at) SELECT 1, min(id), 'n', '2023-01-01 00:00+00', '2023-01-01 00:00+00' FROM dag_run;
INSERT INTO task_instance_note (user_id, task_id, dag_id, run_id, map_index, content, created_at, updated_at) SELECT 1, task_id, dag_id, run_id, map_index, 'n', '2023-01-01 00:00+00', '2023-01-01 00:00+00' FROM task_instance WHERE map_index = 1;
