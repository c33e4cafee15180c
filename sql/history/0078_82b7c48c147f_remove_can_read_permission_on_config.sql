-- revision: 82b7c48c147f
-- down_revision: e959f08ac86c
-- version: 2.0.1
-- title: Remove ``can_read`` permission on config resource for ``User`` and ``Viewer`` role

-- upgrade

-- @late
DELETE FROM ab_permission_view_role
WHERE role_id IN (SELECT id FROM ab_role WHERE name IN ('User', 'Viewer'))
    AND permission_view_id IN (SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id
        JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE p.name = 'can_read' AND v.name = 'Configurations');

-- downgrade

-- @late
INSERT INTO ab_permission_view_role (id, permission_view_id, role_id)
SELECT next_id('ab_permission_view_role'), c.id, r.id
FROM ab_role r CROSS JOIN (SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id
        JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE p.name = 'can_read' AND v.name = 'Configurations') AS c
WHERE r.name IN ('User', 'Viewer')
    AND NOT EXISTS (SELECT 1 FROM ab_permission_view_role h WHERE h.permission_view_id = c.id AND h.role_id = r.id);
