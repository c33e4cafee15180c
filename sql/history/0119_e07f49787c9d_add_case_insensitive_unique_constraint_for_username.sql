-- revision: e07f49787c9d
-- down_revision: b0d31815b5a6
-- version: 2.4.3
-- title: Add case-insensitive unique constraint for username

-- upgrade

-- @only postgres
CREATE UNIQUE INDEX idx_ab_user_username ON ab_user (lower(username));
-- @only postgres
CREATE UNIQUE INDEX idx_ab_register_user_username ON ab_register_user (lower(username));

-- downgrade

-- @only postgres
DROP INDEX IF EXISTS idx_ab_user_username;
-- @only postgres
DROP INDEX IF EXISTS idx_ab_register_user_username;
