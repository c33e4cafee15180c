-- revision: 038dc8bc6284
-- down_revision: e229247a6cb1
-- version: 3.0.0
-- title: Make task_instance.trigger_timeout a UTC timestamp

-- upgrade

ALTER TABLE task_instance ALTER COLUMN trigger_timeout TYPE utc_timestamp;

-- downgrade

ALTER TABLE task_instance ALTER COLUMN trigger_timeout TYPE naive_timestamp;
