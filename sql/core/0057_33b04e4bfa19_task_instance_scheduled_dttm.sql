-- revision: 33b04e4bfa19
-- down_revision: 8ea135928435
-- version: 3.0.0
-- title: Add scheduled_dttm to task_instance

-- upgrade

ALTER TABLE task_instance ADD COLUMN scheduled_dttm utc_timestamp;
ALTER TABLE task_instance_history ADD COLUMN scheduled_dttm utc_timestamp;

-- downgrade

ALTER TABLE task_instance_history DROP COLUMN scheduled_dttm;
ALTER TABLE task_instance DROP COLUMN scheduled_dttm;
