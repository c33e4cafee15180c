-- revision: ee1467d4aa35
-- down_revision: b4078ac230a1
-- version: 2.9.0
-- title: Add display name for dag and task instance

-- upgrade

ALTER TABLE dag ADD COLUMN dag_display_name string(2000);
ALTER TABLE task_instance ADD COLUMN task_display_name string(2000);

-- downgrade

ALTER TABLE dag DROP COLUMN dag_display_name;
ALTER TABLE task_instance DROP COLUMN task_display_name;
