-- revision: ee8d93fcc81e
-- down_revision: e07f49787c9d
-- version: 2.5.0
-- title: Add updated_at column to DagRun and TaskInstance

-- upgrade

ALTER TABLE task_instance ADD COLUMN updated_at utc_timestamp;
ALTER TABLE dag_run ADD COLUMN updated_at utc_timestamp;

-- downgrade

ALTER TABLE task_instance DROP COLUMN updated_at;
ALTER TABLE dag_run DROP COLUMN updated_at;
