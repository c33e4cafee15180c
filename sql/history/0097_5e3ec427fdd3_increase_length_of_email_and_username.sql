-- revision: 5e3ec427fdd3
-- down_revision: 587bdf053233
-- version: 2.3.0
-- title: Increase length of email and username in ``ab_user`` and ``ab_register_user`` table to ``256`` characters

-- upgrade

ALTER TABLE ab_user ALTER COLUMN username TYPE string(256);
ALTER TABLE ab_user ALTER COLUMN email TYPE string(256);
ALTER TABLE ab_register_user ALTER COLUMN username TYPE string(256);
ALTER TABLE ab_register_user ALTER COLUMN email TYPE string(256);
-- MySQL's MODIFY without NOT NULL took it away here; 909884dea523 brings it back.
-- @only mysql
ALTER TABLE ab_user ALTER COLUMN username DROP NOT NULL;
-- @only mysql
ALTER TABLE ab_user ALTER COLUMN email DROP NOT NULL;
-- @only mysql
ALTER TABLE ab_register_user ALTER COLUMN username DROP NOT NULL;
-- @only mysql
ALTER TABLE ab_register_user ALTER COLUMN email DROP NOT NULL;

-- downgrade

ALTER TABLE ab_user ALTER COLUMN username TYPE string(64);
-- @only mysql
ALTER TABLE ab_user ALTER COLUMN username SET NOT NULL;
ALTER TABLE ab_user ALTER COLUMN email TYPE string(64);
ALTER TABLE ab_register_user ALTER COLUMN username TYPE string(64);
ALTER TABLE ab_register_user ALTER COLUMN email TYPE string(64);
