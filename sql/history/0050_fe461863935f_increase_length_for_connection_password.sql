-- revision: fe461863935f
-- down_revision: 08364691d074
-- version: 1.10.7
-- title: Increase length for connection password

-- upgrade

ALTER TABLE connection ALTER COLUMN password TYPE string(5000);

-- downgrade

ALTER TABLE connection ALTER COLUMN password TYPE string(500);
