-- revision: 849da589634d
-- down_revision: 45ba3f1493b9
-- version: 2.0.0
-- title: Prefix DAG permissions

-- upgrade

-- The permissions are rows in five small tables that refer to each other; each statement needs what the one before it
-- has written. So they are not folded into row programs, but run as they stand (@late).

-- A single DAG's resource is called after the DAG; now with a prefix.
-- @late
UPDATE ab_view_menu SET name = concat('DAG:', name)
WHERE name <> 'all_dags' AND name NOT LIKE 'DAG:%' AND id IN (
    SELECT pv.view_menu_id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id
    WHERE p.name IN ('can_dag_read', 'can_dag_edit'));

-- can_dag_read becomes can_read, can_dag_edit becomes can_edit.
-- @late
INSERT INTO ab_permission (id, name)
SELECT next_id('ab_permission'), 'can_read' WHERE NOT EXISTS (SELECT 1 FROM ab_permission WHERE name = 'can_read');
-- Where both stand for one resource, the new one takes over the roles. Airflow fails there.
-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), kept.id, r.role_id
FROM ab_permission_view_role r JOIN ab_permission_view pv ON pv.id = r.permission_view_id
    JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read')
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = kept.id AND h.role_id = r.role_id);
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read'));
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT id FROM (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read')) AS doomed);
-- @late
UPDATE ab_permission_view SET permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read')
WHERE permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read');
-- @late
INSERT INTO ab_permission (id, name)
SELECT next_id('ab_permission'), 'can_edit' WHERE NOT EXISTS (SELECT 1 FROM ab_permission WHERE name = 'can_edit');
-- Where both stand for one resource, the new one takes over the roles. Airflow fails there.
-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), kept.id, r.role_id
FROM ab_permission_view_role r JOIN ab_permission_view pv ON pv.id = r.permission_view_id
    JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit')
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = kept.id AND h.role_id = r.role_id);
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit'));
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT id FROM (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit')) AS doomed);
-- @late
UPDATE ab_permission_view SET permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit')
WHERE permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit');

-- all_dags becomes DAGs.
-- @late
INSERT INTO ab_view_menu (id, name)
SELECT next_id('ab_view_menu'), 'DAGs' WHERE NOT EXISTS (SELECT 1 FROM ab_view_menu WHERE name = 'DAGs') AND EXISTS (SELECT 1 FROM ab_view_menu WHERE name = 'all_dags');
-- Where the resource has such a permission already, the old one goes with its roles, as in Airflow.
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.permission_id = pv.permission_id
    WHERE pv.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'all_dags') AND kept.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAGs'));
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT id FROM (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.permission_id = pv.permission_id
    WHERE pv.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'all_dags') AND kept.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAGs')) AS doomed);
-- @late
UPDATE ab_permission_view SET view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAGs')
WHERE view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'all_dags');
-- @late
DELETE FROM ab_view_menu WHERE name = 'all_dags';
-- @late
DELETE FROM ab_permission WHERE name IN ('can_dag_read', 'can_dag_edit');

-- downgrade

-- @late
UPDATE ab_view_menu SET name = substr(name, 5)
WHERE name LIKE 'DAG:%' AND id IN (
    SELECT pv.view_menu_id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id
    WHERE p.name IN ('can_read', 'can_edit'));
-- Airflow does it for every resource, not for DAGs alone.
-- @late
INSERT INTO ab_permission (id, name)
SELECT next_id('ab_permission'), 'can_dag_read' WHERE NOT EXISTS (SELECT 1 FROM ab_permission WHERE name = 'can_dag_read');
-- Where both stand for one resource, the new one takes over the roles. Airflow fails there.
-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), kept.id, r.role_id
FROM ab_permission_view_role r JOIN ab_permission_view pv ON pv.id = r.permission_view_id
    JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read')
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = kept.id AND h.role_id = r.role_id);
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read'));
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT id FROM (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read')) AS doomed);
-- @late
UPDATE ab_permission_view SET permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_read')
WHERE permission_id = (SELECT id FROM ab_permission WHERE name = 'can_read');
-- @late
INSERT INTO ab_permission (id, name)
SELECT next_id('ab_permission'), 'can_dag_edit' WHERE NOT EXISTS (SELECT 1 FROM ab_permission WHERE name = 'can_dag_edit');
-- Where both stand for one resource, the new one takes over the roles. Airflow fails there.
-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), kept.id, r.role_id
FROM ab_permission_view_role r JOIN ab_permission_view pv ON pv.id = r.permission_view_id
    JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit')
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = kept.id AND h.role_id = r.role_id);
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit'));
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT id FROM (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.view_menu_id = pv.view_menu_id
    WHERE pv.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit') AND kept.permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit')) AS doomed);
-- @late
UPDATE ab_permission_view SET permission_id = (SELECT id FROM ab_permission WHERE name = 'can_dag_edit')
WHERE permission_id = (SELECT id FROM ab_permission WHERE name = 'can_edit');
-- @late
INSERT INTO ab_view_menu (id, name)
SELECT next_id('ab_view_menu'), 'all_dags' WHERE NOT EXISTS (SELECT 1 FROM ab_view_menu WHERE name = 'all_dags') AND EXISTS (SELECT 1 FROM ab_view_menu WHERE name = 'DAGs');
-- Where the resource has such a permission already, the old one goes with its roles, as in Airflow.
-- @late
DELETE FROM ab_permission_view_role WHERE permission_view_id IN (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.permission_id = pv.permission_id
    WHERE pv.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAGs') AND kept.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'all_dags'));
-- @late
DELETE FROM ab_permission_view WHERE id IN (SELECT id FROM (
    SELECT pv.id FROM ab_permission_view pv JOIN ab_permission_view kept ON kept.permission_id = pv.permission_id
    WHERE pv.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAGs') AND kept.view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'all_dags')) AS doomed);
-- @late
UPDATE ab_permission_view SET view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'all_dags')
WHERE view_menu_id = (SELECT id FROM ab_view_menu WHERE name = 'DAGs');
-- @late
DELETE FROM ab_view_menu WHERE name = 'DAGs';
-- @late
DELETE FROM ab_permission WHERE name IN ('can_read', 'can_edit');
