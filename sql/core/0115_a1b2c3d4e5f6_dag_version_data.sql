-- revision: a1b2c3d4e5f6
-- down_revision: a7f3b2c1d4e5
-- version: 3.3.0
-- title: Add dag_version.version_data

-- upgrade

ALTER TABLE dag_version ADD COLUMN version_data json_document;

-- downgrade

ALTER TABLE dag_version DROP COLUMN version_data;
