-- revision: 41f5f12752f8
-- down_revision: 03bc53e68815
-- version: 1.10.2
-- title: Add superuser field

-- upgrade

ALTER TABLE users ADD COLUMN superuser boolean;

-- downgrade

ALTER TABLE users DROP COLUMN superuser;
