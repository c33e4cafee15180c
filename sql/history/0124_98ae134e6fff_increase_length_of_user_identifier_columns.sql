-- revision: 98ae134e6fff
-- down_revision: 6abdffdd4815
-- version: 2.6.0
-- title: Increase length of user identifier columns in ``ab_user`` and ``ab_register_user`` tables

-- upgrade

ALTER TABLE ab_user ALTER COLUMN first_name TYPE string(256);
ALTER TABLE ab_user ALTER COLUMN last_name TYPE string(256);
ALTER TABLE ab_user ALTER COLUMN username TYPE string(512);
ALTER TABLE ab_user ALTER COLUMN email TYPE string(512);
ALTER TABLE ab_register_user ALTER COLUMN first_name TYPE string(256);
ALTER TABLE ab_register_user ALTER COLUMN last_name TYPE string(256);
ALTER TABLE ab_register_user ALTER COLUMN username TYPE string(512);
ALTER TABLE ab_register_user ALTER COLUMN email TYPE string(512);

-- downgrade

ALTER TABLE ab_user ALTER COLUMN first_name TYPE string(64);
ALTER TABLE ab_user ALTER COLUMN last_name TYPE string(64);
ALTER TABLE ab_user ALTER COLUMN username TYPE string(256);
ALTER TABLE ab_user ALTER COLUMN email TYPE string(256);
ALTER TABLE ab_register_user ALTER COLUMN first_name TYPE string(64);
ALTER TABLE ab_register_user ALTER COLUMN last_name TYPE string(64);
ALTER TABLE ab_register_user ALTER COLUMN username TYPE string(256);
ALTER TABLE ab_register_user ALTER COLUMN email TYPE string(256);
