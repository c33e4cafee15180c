-- revision: 909884dea523
-- down_revision: 48925b2719cb
-- version: 2.3.0
-- title: Update migration for FAB tables to add missing constraints

-- upgrade

-- @only mysql
ALTER TABLE ab_register_user ALTER COLUMN username SET NOT NULL;
-- @only mysql
ALTER TABLE ab_register_user ALTER COLUMN email SET NOT NULL;
-- @only mysql
ALTER TABLE ab_user ALTER COLUMN username SET NOT NULL;
-- @only mysql
ALTER TABLE ab_user ALTER COLUMN email SET NOT NULL;

-- downgrade

-- @only mysql
ALTER TABLE ab_user ALTER COLUMN email DROP NOT NULL;
-- @only mysql
ALTER TABLE ab_user ALTER COLUMN username DROP NOT NULL;
-- @only mysql
ALTER TABLE ab_register_user ALTER COLUMN email DROP NOT NULL;
-- @only mysql
ALTER TABLE ab_register_user ALTER COLUMN username DROP NOT NULL;
