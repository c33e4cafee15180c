-- revision: 375a816bbbf4
-- down_revision: 405de8318b3a
-- version: 2.8.0
-- title: Add new field 'clear_number' to dagrun

-- upgrade

ALTER TABLE dag_run ADD COLUMN clear_number integer DEFAULT 0 NOT NULL;

-- downgrade

ALTER TABLE dag_run DROP COLUMN clear_number;
