-- revision: 02ca36b0235b
-- down_revision: 6709f7a774b9
-- version: 3.5.0
-- title: Bring the FAB tables in line with the models

-- upgrade

-- @only postgres
CREATE UNIQUE INDEX IF NOT EXISTS idx_ab_user_username ON ab_user (lower(username::text));
-- @only postgres
CREATE UNIQUE INDEX IF NOT EXISTS idx_ab_register_user_username ON ab_register_user (lower(username::text));
-- @unless index idx_permission_view_id on ab_permission_view_role
CREATE INDEX idx_permission_view_id ON ab_permission_view_role (permission_view_id);
-- @unless index idx_role_id on ab_permission_view_role
CREATE INDEX idx_role_id ON ab_permission_view_role (role_id);
-- The foreign keys of both link tables are looked up by their column and made again with CASCADE.
CALL drop_foreign_keys('ab_permission_view_role', 'role_id');
CALL drop_foreign_keys('ab_permission_view_role', 'permission_view_id');
ALTER TABLE ab_permission_view_role ADD CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY (permission_view_id) REFERENCES ab_permission_view (id) ON DELETE CASCADE;
ALTER TABLE ab_permission_view_role ADD CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE;
CALL drop_unique('ab_register_user', 'email');
ALTER TABLE ab_register_user ADD CONSTRAINT ab_register_user_email_uq UNIQUE (email);
CALL drop_foreign_keys('ab_user_role', 'role_id');
CALL drop_foreign_keys('ab_user_role', 'user_id');
ALTER TABLE ab_user_role ADD CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE;
ALTER TABLE ab_user_role ADD CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id) ON DELETE CASCADE;
ALTER TABLE ab_permission_view ALTER COLUMN permission_id SET NOT NULL;
ALTER TABLE ab_permission_view ALTER COLUMN view_menu_id SET NOT NULL;

-- downgrade

-- @only postgres
DROP INDEX IF EXISTS idx_ab_register_user_username;
-- @only postgres
DROP INDEX IF EXISTS idx_ab_user_username;
-- @if constraint ab_register_user_email_uq on ab_register_user
ALTER TABLE ab_register_user DROP CONSTRAINT ab_register_user_email_uq;
-- MySQL holds on to an index that serves a foreign key. The CASCADE of the foreign keys stays.
-- @only mysql
ALTER TABLE ab_permission_view_role DROP CONSTRAINT ab_permission_view_role_role_id_fkey;
-- @only mysql
ALTER TABLE ab_permission_view_role DROP CONSTRAINT ab_permission_view_role_permission_view_id_fkey;
-- @if index idx_role_id on ab_permission_view_role
DROP INDEX idx_role_id;
-- @if index idx_permission_view_id on ab_permission_view_role
DROP INDEX idx_permission_view_id;
-- @only mysql
ALTER TABLE ab_permission_view_role ADD CONSTRAINT ab_permission_view_role_permission_view_id_fkey FOREIGN KEY (permission_view_id) REFERENCES ab_permission_view (id) ON DELETE CASCADE;
-- @only mysql
ALTER TABLE ab_permission_view_role ADD CONSTRAINT ab_permission_view_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE;
ALTER TABLE ab_permission_view ALTER COLUMN view_menu_id DROP NOT NULL;
ALTER TABLE ab_permission_view ALTER COLUMN permission_id DROP NOT NULL;
