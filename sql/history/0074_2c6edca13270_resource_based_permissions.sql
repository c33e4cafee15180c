-- revision: 2c6edca13270
-- down_revision: 849da589634d
-- version: 2.0.0
-- title: Resource based permissions

-- upgrade

-- The permissions are rows in five small tables that refer to each other; each statement needs what the one before it
-- has written. So they are not folded into row programs, but run as they stand (@late).

-- What the old permissions were called, and what stands for them now. Only the first of several (place 1) is given
-- to the roles that had the old one; the others are created. (Airflow takes the old one away before it looks again.)
-- @late
CREATE TABLE _airshift_permission_map AS
SELECT m.place, m.new_action, m.new_resource, pv.id AS old_id, p.id AS old_action_id
FROM (
    SELECT 'Airflow' AS old_resource, 'can_blocked' AS old_action, 1 AS place, 'can_read' AS new_action, 'DAGs' AS new_resource
    UNION ALL SELECT 'Airflow', 'can_blocked', 2, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_clear', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_clear', 2, 'can_delete', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_code', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_code', 2, 'can_read', 'DAG Code'
    UNION ALL SELECT 'Airflow', 'can_dag_details', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_dag_details', 2, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_dag_stats', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_dag_stats', 2, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_dagrun_clear', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_dagrun_clear', 2, 'can_delete', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_dagrun_clear', 3, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_dagrun_failed', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_dagrun_failed', 2, 'can_edit', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_dagrun_success', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_dagrun_success', 2, 'can_edit', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_delete', 1, 'can_delete', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_duration', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_duration', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_extra_links', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_extra_links', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_failed', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_failed', 2, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_gantt', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_gantt', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_get_logs_with_metadata', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_get_logs_with_metadata', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_get_logs_with_metadata', 3, 'can_read', 'Task Logs'
    UNION ALL SELECT 'Airflow', 'can_graph', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_graph', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_graph', 3, 'can_read', 'Task Logs'
    UNION ALL SELECT 'Airflow', 'can_index', 1, 'can_read', 'Website'
    UNION ALL SELECT 'Airflow', 'can_landing_times', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_landing_times', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_log', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_log', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_log', 3, 'can_read', 'Task Logs'
    UNION ALL SELECT 'Airflow', 'can_paused', 1, 'can_edit', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_redirect_to_external_log', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_redirect_to_external_log', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_redirect_to_external_log', 3, 'can_read', 'Task Logs'
    UNION ALL SELECT 'Airflow', 'can_refresh', 1, 'can_edit', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_refresh_all', 1, 'can_edit', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_rendered', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_rendered', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_run', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_run', 2, 'can_create', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_success', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_success', 2, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_task', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_task', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_task_instances', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_task_instances', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_task_stats', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_task_stats', 2, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_task_stats', 3, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_last_dagruns', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_last_dagruns', 2, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_tree', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_tree', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_tree', 3, 'can_read', 'Task Logs'
    UNION ALL SELECT 'Airflow', 'can_tries', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_tries', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_trigger', 1, 'can_edit', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_trigger', 2, 'can_create', 'DAG Runs'
    UNION ALL SELECT 'Airflow', 'can_xcom', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Airflow', 'can_xcom', 2, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Airflow', 'can_xcom', 3, 'can_read', 'XComs'
    UNION ALL SELECT 'ConfigurationView', 'can_conf', 1, 'can_read', 'Configurations'
    UNION ALL SELECT 'Config', 'can_read', 1, 'can_read', 'Configurations'
    UNION ALL SELECT 'DagModelView', 'can_list', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'DagModelView', 'can_read', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'DagModelView', 'can_show', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'DagModelView', 'show', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Dags', 'can_read', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'Dags', 'can_edit', 1, 'can_edit', 'DAGs'
    UNION ALL SELECT 'DagRunModelView', 'clear', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'DagRunModelView', 'clear', 2, 'can_delete', 'Task Instances'
    UNION ALL SELECT 'DagRunModelView', 'can_add', 1, 'can_create', 'DAG Runs'
    UNION ALL SELECT 'DagRunModelView', 'can_list', 1, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'DagRunModelView', 'muldelete', 1, 'can_delete', 'DAG Runs'
    UNION ALL SELECT 'DagRunModelView', 'set_running', 1, 'can_edit', 'DAG Runs'
    UNION ALL SELECT 'DagRunModelView', 'set_failed', 1, 'can_edit', 'DAG Runs'
    UNION ALL SELECT 'DagRunModelView', 'set_success', 1, 'can_edit', 'DAG Runs'
    UNION ALL SELECT 'DagRun', 'can_create', 1, 'can_create', 'DAG Runs'
    UNION ALL SELECT 'DagRun', 'can_read', 1, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'DagRun', 'can_delete', 1, 'can_delete', 'DAG Runs'
    UNION ALL SELECT 'JobModelView', 'can_list', 1, 'can_read', 'Jobs'
    UNION ALL SELECT 'LogModelView', 'can_list', 1, 'can_read', 'Audit Logs'
    UNION ALL SELECT 'LogModelView', 'can_list', 2, 'menu_access', 'Audit Logs'
    UNION ALL SELECT 'Logs', 'menu_access', 1, 'menu_access', 'Audit Logs'
    UNION ALL SELECT 'Log', 'can_read', 1, 'can_read', 'Task Logs'
    UNION ALL SELECT 'SlaMissModelView', 'can_list', 1, 'can_read', 'SLA Misses'
    UNION ALL SELECT 'TaskInstanceModelView', 'can_list', 1, 'can_read', 'Task Instances'
    UNION ALL SELECT 'TaskInstanceModelView', 'clear', 1, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'TaskInstanceModelView', 'set_failed', 1, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'TaskInstanceModelView', 'set_retry', 1, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'TaskInstanceModelView', 'set_running', 1, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'TaskInstanceModelView', 'set_success', 1, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'TaskRescheduleModelView', 'can_list', 1, 'can_read', 'Task Reschedules'
    UNION ALL SELECT 'TaskInstance', 'can_read', 1, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Tasks', 'can_create', 1, 'can_create', 'Task Instances'
    UNION ALL SELECT 'Tasks', 'can_read', 1, 'can_read', 'Task Instances'
    UNION ALL SELECT 'Tasks', 'can_edit', 1, 'can_edit', 'Task Instances'
    UNION ALL SELECT 'Tasks', 'can_delete', 1, 'can_delete', 'Task Instances'
    UNION ALL SELECT 'ConnectionModelView', 'can_add', 1, 'can_create', 'Connections'
    UNION ALL SELECT 'ConnectionModelView', 'can_list', 1, 'can_read', 'Connections'
    UNION ALL SELECT 'ConnectionModelView', 'can_edit', 1, 'can_edit', 'Connections'
    UNION ALL SELECT 'ConnectionModelView', 'can_delete', 1, 'can_delete', 'Connections'
    UNION ALL SELECT 'ConnectionModelView', 'muldelete', 1, 'can_delete', 'Connections'
    UNION ALL SELECT 'Connection', 'can_create', 1, 'can_create', 'Connections'
    UNION ALL SELECT 'Connection', 'can_read', 1, 'can_read', 'Connections'
    UNION ALL SELECT 'Connection', 'can_edit', 1, 'can_edit', 'Connections'
    UNION ALL SELECT 'Connection', 'can_delete', 1, 'can_delete', 'Connections'
    UNION ALL SELECT 'DagCode', 'can_read', 1, 'can_read', 'DAG Runs'
    UNION ALL SELECT 'PluginView', 'can_list', 1, 'can_read', 'Plugins'
    UNION ALL SELECT 'PoolModelView', 'can_add', 1, 'can_create', 'Pools'
    UNION ALL SELECT 'PoolModelView', 'can_list', 1, 'can_read', 'Pools'
    UNION ALL SELECT 'PoolModelView', 'can_edit', 1, 'can_edit', 'Pools'
    UNION ALL SELECT 'PoolModelView', 'can_delete', 1, 'can_delete', 'Pools'
    UNION ALL SELECT 'PoolModelView', 'muldelete', 1, 'can_delete', 'Pools'
    UNION ALL SELECT 'Pool', 'can_create', 1, 'can_create', 'Pools'
    UNION ALL SELECT 'Pool', 'can_read', 1, 'can_read', 'Pools'
    UNION ALL SELECT 'Pool', 'can_edit', 1, 'can_edit', 'Pools'
    UNION ALL SELECT 'Pool', 'can_delete', 1, 'can_delete', 'Pools'
    UNION ALL SELECT 'VariableModelView', 'can_add', 1, 'can_create', 'Variables'
    UNION ALL SELECT 'VariableModelView', 'can_list', 1, 'can_read', 'Variables'
    UNION ALL SELECT 'VariableModelView', 'can_edit', 1, 'can_edit', 'Variables'
    UNION ALL SELECT 'VariableModelView', 'can_delete', 1, 'can_delete', 'Variables'
    UNION ALL SELECT 'VariableModelView', 'can_varimport', 1, 'can_create', 'Variables'
    UNION ALL SELECT 'VariableModelView', 'muldelete', 1, 'can_delete', 'Variables'
    UNION ALL SELECT 'VariableModelView', 'varexport', 1, 'can_read', 'Variables'
    UNION ALL SELECT 'Variable', 'can_create', 1, 'can_create', 'Variables'
    UNION ALL SELECT 'Variable', 'can_read', 1, 'can_read', 'Variables'
    UNION ALL SELECT 'Variable', 'can_edit', 1, 'can_edit', 'Variables'
    UNION ALL SELECT 'Variable', 'can_delete', 1, 'can_delete', 'Variables'
    UNION ALL SELECT 'XComModelView', 'can_list', 1, 'can_read', 'XComs'
    UNION ALL SELECT 'XComModelView', 'can_delete', 1, 'can_delete', 'XComs'
    UNION ALL SELECT 'XComModelView', 'muldelete', 1, 'can_delete', 'XComs'
    UNION ALL SELECT 'XCom', 'can_read', 1, 'can_read', 'XComs'
) AS m JOIN ab_view_menu v ON v.name = m.old_resource JOIN ab_permission p ON p.name = m.old_action
    JOIN ab_permission_view pv ON pv.permission_id = p.id AND pv.view_menu_id = v.id;
-- @late
INSERT INTO ab_permission (id, name)
SELECT next_id('ab_permission'), d.new_action
FROM (SELECT DISTINCT new_action FROM _airshift_permission_map) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_permission p WHERE p.name = d.new_action);
-- @late
INSERT INTO ab_view_menu (id, name)
SELECT next_id('ab_view_menu'), d.new_resource
FROM (SELECT DISTINCT new_resource FROM _airshift_permission_map) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_view_menu v WHERE v.name = d.new_resource);
-- @late
INSERT INTO ab_permission_view (id, permission_id, view_menu_id)
SELECT next_id('ab_permission_view'), d.permission_id, d.view_menu_id
FROM (SELECT DISTINCT p.id AS permission_id, v.id AS view_menu_id FROM _airshift_permission_map m
    JOIN ab_permission p ON p.name = m.new_action JOIN ab_view_menu v ON v.name = m.new_resource) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_permission_view h WHERE h.permission_id = d.permission_id AND h.view_menu_id = d.view_menu_id);
-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), d.permission_view_id, d.role_id
FROM (SELECT DISTINCT pv.id AS permission_view_id, r.role_id FROM _airshift_permission_map m
    JOIN ab_permission_view_role r ON r.permission_view_id = m.old_id JOIN ab_permission p ON p.name = m.new_action
    JOIN ab_view_menu v ON v.name = m.new_resource JOIN ab_permission_view pv ON pv.permission_id = p.id AND pv.view_menu_id = v.id
    WHERE m.place = 1) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = d.permission_view_id AND h.role_id = d.role_id);
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (SELECT old_id FROM _airshift_permission_map);
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT old_id FROM _airshift_permission_map);
-- An action goes when nothing has it any more; resources stay.
-- @late
DELETE FROM ab_permission WHERE id IN (SELECT old_action_id FROM _airshift_permission_map)
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view pv WHERE pv.permission_id = ab_permission.id);
-- @late
DROP TABLE _airshift_permission_map;

-- downgrade

-- Nothing. Airflow's own takes actions for resources and so finds no permission.
