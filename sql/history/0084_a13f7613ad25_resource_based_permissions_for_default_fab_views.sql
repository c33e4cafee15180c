-- revision: a13f7613ad25
-- down_revision: e165e7455d70
-- version: 2.1.0
-- title: Resource based permissions for default ``Flask-AppBuilder`` views

-- upgrade

-- The permissions are rows in five small tables that refer to each other; each statement needs what the one before it
-- has written. So they are not folded into row programs, but run as they stand (@late).

-- For this revision Airflow starts its web application, which gives the standard roles what they have in the Airflow that
-- migrates (roles of a higher level have what those of a lower one have), and Admin all there is.
-- @late
CREATE TABLE _airshift_standard_permission AS
    SELECT 1 AS level, 'can_read' AS action, 'DAGs' AS resource
    UNION ALL SELECT 1, 'can_read', 'DAG Dependencies'
    UNION ALL SELECT 1, 'can_read', 'DAG Code'
    UNION ALL SELECT 1, 'can_read', 'DAG Runs'
    UNION ALL SELECT 3, 'can_read', 'Pools'
    UNION ALL SELECT 1, 'can_read', 'ImportError'
    UNION ALL SELECT 1, 'can_read', 'Jobs'
    UNION ALL SELECT 1, 'can_read', 'My Password'
    UNION ALL SELECT 1, 'can_edit', 'My Password'
    UNION ALL SELECT 1, 'can_read', 'My Profile'
    UNION ALL SELECT 1, 'can_edit', 'My Profile'
    UNION ALL SELECT 1, 'can_read', 'SLA Misses'
    UNION ALL SELECT 1, 'can_read', 'Task Instances'
    UNION ALL SELECT 1, 'can_read', 'Task Logs'
    UNION ALL SELECT 1, 'can_read', 'XComs'
    UNION ALL SELECT 1, 'can_read', 'Website'
    UNION ALL SELECT 1, 'menu_access', 'Browse'
    UNION ALL SELECT 1, 'menu_access', 'DAGs'
    UNION ALL SELECT 1, 'menu_access', 'DAG Dependencies'
    UNION ALL SELECT 1, 'menu_access', 'DAG Runs'
    UNION ALL SELECT 1, 'menu_access', 'Documentation'
    UNION ALL SELECT 1, 'menu_access', 'Docs'
    UNION ALL SELECT 1, 'menu_access', 'Jobs'
    UNION ALL SELECT 1, 'menu_access', 'SLA Misses'
    UNION ALL SELECT 1, 'menu_access', 'Task Instances'
    UNION ALL SELECT 2, 'can_edit', 'DAGs'
    UNION ALL SELECT 2, 'can_delete', 'DAGs'
    UNION ALL SELECT 2, 'can_create', 'Task Instances'
    UNION ALL SELECT 2, 'can_edit', 'Task Instances'
    UNION ALL SELECT 2, 'can_delete', 'Task Instances'
    UNION ALL SELECT 2, 'can_create', 'DAG Runs'
    UNION ALL SELECT 2, 'can_edit', 'DAG Runs'
    UNION ALL SELECT 2, 'can_delete', 'DAG Runs'
    UNION ALL SELECT 3, 'can_read', 'Configurations'
    UNION ALL SELECT 3, 'menu_access', 'Admin'
    UNION ALL SELECT 3, 'menu_access', 'Configurations'
    UNION ALL SELECT 3, 'menu_access', 'Connections'
    UNION ALL SELECT 3, 'menu_access', 'Pools'
    UNION ALL SELECT 3, 'menu_access', 'Plugins'
    UNION ALL SELECT 3, 'menu_access', 'Variables'
    UNION ALL SELECT 3, 'menu_access', 'XComs'
    UNION ALL SELECT 3, 'can_create', 'Connections'
    UNION ALL SELECT 3, 'can_read', 'Connections'
    UNION ALL SELECT 3, 'can_edit', 'Connections'
    UNION ALL SELECT 3, 'can_delete', 'Connections'
    UNION ALL SELECT 3, 'can_create', 'Pools'
    UNION ALL SELECT 3, 'can_edit', 'Pools'
    UNION ALL SELECT 3, 'can_delete', 'Pools'
    UNION ALL SELECT 3, 'can_read', 'Plugins'
    UNION ALL SELECT 3, 'can_read', 'Providers'
    UNION ALL SELECT 3, 'can_create', 'Variables'
    UNION ALL SELECT 3, 'can_read', 'Variables'
    UNION ALL SELECT 3, 'can_edit', 'Variables'
    UNION ALL SELECT 3, 'can_delete', 'Variables'
    UNION ALL SELECT 3, 'can_delete', 'XComs'
    UNION ALL SELECT 4, 'can_read', 'Audit Logs'
    UNION ALL SELECT 4, 'menu_access', 'Audit Logs'
    UNION ALL SELECT 4, 'can_read', 'Task Reschedules'
    UNION ALL SELECT 4, 'menu_access', 'Task Reschedules'
    UNION ALL SELECT 4, 'can_read', 'Triggers'
    UNION ALL SELECT 4, 'menu_access', 'Triggers'
    UNION ALL SELECT 4, 'can_read', 'Passwords'
    UNION ALL SELECT 4, 'can_edit', 'Passwords'
    UNION ALL SELECT 4, 'can_read', 'Roles'
    UNION ALL SELECT 4, 'can_edit', 'Roles';
-- @before 2.9.0
-- @late
INSERT INTO _airshift_standard_permission (level, action, resource)
    SELECT 1 AS level, 'can_read' AS action, 'Plugins' AS resource
    UNION ALL SELECT 1, 'menu_access', 'Plugins'
    UNION ALL SELECT 1, 'can_read', 'Audit Logs'
    UNION ALL SELECT 1, 'menu_access', 'Audit Logs';
-- @from 2.4.0
-- @late
INSERT INTO _airshift_standard_permission (level, action, resource)
    SELECT 1 AS level, 'can_read' AS action, 'Datasets' AS resource
    UNION ALL SELECT 1, 'can_read', 'DAG Warnings'
    UNION ALL SELECT 1, 'menu_access', 'Datasets';
-- @from 2.7.0
-- @late
INSERT INTO _airshift_standard_permission (level, action, resource)
    SELECT 1 AS level, 'can_read' AS action, 'Cluster Activity' AS resource
    UNION ALL SELECT 1, 'menu_access', 'Cluster Activity';
-- @from 2.9.0
-- @late
INSERT INTO _airshift_standard_permission (level, action, resource)
    SELECT 1 AS level, 'can_read' AS action, 'Pools' AS resource
    UNION ALL SELECT 2, 'can_create', 'Datasets'
    UNION ALL SELECT 3, 'menu_access', 'Providers'
    UNION ALL SELECT 3, 'can_delete', 'Datasets';
-- @late
CREATE TABLE _airshift_standard_role AS
    SELECT 0 AS level, 'Public' AS name
    UNION ALL SELECT 1, 'Viewer'
    UNION ALL SELECT 2, 'User'
    UNION ALL SELECT 3, 'Op'
    UNION ALL SELECT 4, 'Admin';
-- @late
INSERT INTO ab_role (id, name)
SELECT next_id('ab_role'), s.name FROM _airshift_standard_role s
WHERE NOT EXISTS (SELECT 1 FROM ab_role r WHERE r.name = s.name);
-- @late
INSERT INTO ab_permission (id, name)
SELECT next_id('ab_permission'), d.action FROM (SELECT DISTINCT action FROM _airshift_standard_permission) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_permission p WHERE p.name = d.action);
-- @late
INSERT INTO ab_view_menu (id, name)
SELECT next_id('ab_view_menu'), d.resource FROM (SELECT DISTINCT resource FROM _airshift_standard_permission) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_view_menu v WHERE v.name = d.resource);
-- @late
INSERT INTO ab_permission_view (id, permission_id, view_menu_id)
SELECT next_id('ab_permission_view'), d.permission_id, d.view_menu_id
FROM (SELECT DISTINCT p.id AS permission_id, v.id AS view_menu_id FROM _airshift_standard_permission s
    JOIN ab_permission p ON p.name = s.action JOIN ab_view_menu v ON v.name = s.resource) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_permission_view h WHERE h.permission_id = d.permission_id AND h.view_menu_id = d.view_menu_id);
-- What Flask-AppBuilder left without an action or a resource goes.
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT id FROM ab_permission_view WHERE permission_id IS NULL OR view_menu_id IS NULL);
-- @late
DELETE FROM ab_permission_view WHERE permission_id IS NULL OR view_menu_id IS NULL;
-- The standard roles, the home page for all others, and for Admin all but single DAGs.
-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), d.permission_view_id, d.role_id
FROM (
    SELECT pv.id AS permission_view_id, r.id AS role_id
    FROM _airshift_standard_permission s JOIN _airshift_standard_role n ON n.level >= s.level JOIN ab_role r ON r.name = n.name
        JOIN ab_permission p ON p.name = s.action JOIN ab_view_menu v ON v.name = s.resource
        JOIN ab_permission_view pv ON pv.permission_id = p.id AND pv.view_menu_id = v.id
    UNION SELECT pv.id, r.id
    FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
        JOIN ab_role r ON (p.name = 'can_read' AND v.name = 'Website' AND r.name NOT IN ('Public', 'Viewer', 'User', 'Op', 'Admin'))
            OR (r.name = 'Admin' AND v.name NOT LIKE 'DAG:%')
) AS d
WHERE NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = d.permission_view_id AND h.role_id = d.role_id);
-- @late
DROP TABLE _airshift_standard_permission;
-- @late
DROP TABLE _airshift_standard_role;

-- What the old permissions were called, and what stands for them now. Only the first of several (place 1) is given
-- to the roles that had the old one; the others are created. (Airflow takes the old one away before it looks again.)
-- @late
CREATE TABLE _airshift_permission_map AS
SELECT m.place, m.new_action, m.new_resource, pv.id AS old_id, p.id AS old_action_id
FROM (
    SELECT 'PermissionModelView' AS old_resource, 'can_list' AS old_action, 1 AS place, 'can_read' AS new_action, 'Permissions' AS new_resource
    UNION ALL SELECT 'PermissionViewModelView', 'can_list', 1, 'can_read', 'Permission Views'
    UNION ALL SELECT 'ResetMyPasswordView', 'can_this_form_get', 1, 'can_read', 'My Password'
    UNION ALL SELECT 'ResetMyPasswordView', 'can_this_form_post', 1, 'can_edit', 'My Password'
    UNION ALL SELECT 'ResetPasswordView', 'can_this_form_get', 1, 'can_read', 'Passwords'
    UNION ALL SELECT 'ResetPasswordView', 'can_this_form_post', 1, 'can_edit', 'Passwords'
    UNION ALL SELECT 'RoleModelView', 'can_delete', 1, 'can_delete', 'Roles'
    UNION ALL SELECT 'RoleModelView', 'can_download', 1, 'can_read', 'Roles'
    UNION ALL SELECT 'RoleModelView', 'can_show', 1, 'can_read', 'Roles'
    UNION ALL SELECT 'RoleModelView', 'can_list', 1, 'can_read', 'Roles'
    UNION ALL SELECT 'RoleModelView', 'can_edit', 1, 'can_edit', 'Roles'
    UNION ALL SELECT 'RoleModelView', 'can_add', 1, 'can_create', 'Roles'
    UNION ALL SELECT 'RoleModelView', 'can_copyrole', 1, 'can_create', 'Roles'
    UNION ALL SELECT 'ViewMenuModelView', 'can_list', 1, 'can_read', 'View Menus'
    UNION ALL SELECT 'UserDBModelView', 'can_add', 1, 'can_create', 'View Menus'
    UNION ALL SELECT 'UserDBModelView', 'can_userinfo', 1, 'can_read', 'My Profile'
    UNION ALL SELECT 'UserDBModelView', 'can_download', 1, 'can_read', 'View Menus'
    UNION ALL SELECT 'UserDBModelView', 'can_show', 1, 'can_read', 'View Menus'
    UNION ALL SELECT 'UserDBModelView', 'can_list', 1, 'can_read', 'View Menus'
    UNION ALL SELECT 'UserDBModelView', 'can_edit', 1, 'can_edit', 'View Menus'
    UNION ALL SELECT 'UserDBModelView', 'resetmypassword', 1, 'can_read', 'My Password'
    UNION ALL SELECT 'UserDBModelView', 'resetpasswords', 1, 'can_read', 'Passwords'
    UNION ALL SELECT 'UserDBModelView', 'userinfoedit', 1, 'can_edit', 'My Profile'
    UNION ALL SELECT 'UserDBModelView', 'can_delete', 1, 'can_delete', 'View Menus'
    UNION ALL SELECT 'UserInfoEditView', 'can_this_form_get', 1, 'can_read', 'My Profile'
    UNION ALL SELECT 'UserInfoEditView', 'can_this_form_post', 1, 'can_edit', 'My Profile'
    UNION ALL SELECT 'UserStatsChartView', 'can_chart', 1, 'can_read', 'User Stats Chart'
    UNION ALL SELECT 'UserLDAPModelView', 'can_userinfo', 1, 'can_read', 'My Profile'
    UNION ALL SELECT 'UserOAuthModelView', 'can_userinfo', 1, 'can_read', 'My Profile'
    UNION ALL SELECT 'UserOIDModelView', 'can_userinfo', 1, 'can_read', 'My Profile'
    UNION ALL SELECT 'UserRemoteUserModelView', 'can_userinfo', 1, 'can_read', 'My Profile'
    UNION ALL SELECT 'DagRunModelView', 'can_clear', 1, 'can_read', 'DAGs'
    UNION ALL SELECT 'DagRunModelView', 'can_clear', 2, 'can_delete', 'Task Instances'
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

-- Airflow's own takes actions for resources and so finds no permission to rename. The web
-- application that it starts for that gives the home page to all roles. (It also makes the
-- table `session` of 2.3, which has no use here.)
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), pv.id, r.id
FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
    JOIN ab_role r ON r.name NOT IN ('Public', 'Viewer', 'User', 'Op', 'Admin')
WHERE p.name = 'can_read' AND v.name = 'Website'
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = pv.id AND h.role_id = r.id);
