-- revision: d8cd3297971e
-- down_revision: 5f57a45b8433
-- version: 3.0.0
-- title: Add last_heartbeat_at to task_instance, remove job_id

-- upgrade

ALTER TABLE task_instance ADD COLUMN last_heartbeat_at utc_timestamp;
DROP INDEX ti_job_id;
CREATE INDEX ti_heartbeat ON task_instance (last_heartbeat_at);
ALTER TABLE task_instance DROP COLUMN job_id;
ALTER TABLE task_instance_history DROP COLUMN job_id;

-- downgrade

ALTER TABLE task_instance ADD COLUMN job_id integer;
DROP INDEX ti_heartbeat;
CREATE INDEX ti_job_id ON task_instance (job_id);
ALTER TABLE task_instance DROP COLUMN last_heartbeat_at;
ALTER TABLE task_instance_history ADD COLUMN job_id integer;
