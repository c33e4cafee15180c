-- revision: e42d9fcd10d9
-- down_revision: f8c9d7e6b5a4
-- version: 3.2.0
-- title: Add dag.allowed_run_types

-- upgrade

ALTER TABLE dag ADD COLUMN allowed_run_types json_document;

-- downgrade

ALTER TABLE dag DROP COLUMN allowed_run_types;
