-- revision: e1a11ece99cc
-- down_revision: b247b1e3d1ed
-- version: 2.0.0
-- title: Add external executor ID to TI

-- upgrade

ALTER TABLE task_instance ADD COLUMN external_executor_id string(250);

-- downgrade

ALTER TABLE task_instance DROP COLUMN external_executor_id;
