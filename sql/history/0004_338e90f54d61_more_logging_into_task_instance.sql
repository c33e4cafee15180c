-- revision: 338e90f54d61
-- down_revision: 13eb55f81627
-- version: 1.5.0
-- title: Add ``operator`` and ``queued_dttm`` to ``task_instance`` table

-- upgrade

ALTER TABLE task_instance ADD COLUMN operator string(1000);
ALTER TABLE task_instance ADD COLUMN queued_dttm naive_timestamp;

-- downgrade

ALTER TABLE task_instance DROP COLUMN queued_dttm;
ALTER TABLE task_instance DROP COLUMN operator;
