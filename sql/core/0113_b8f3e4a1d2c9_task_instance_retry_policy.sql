-- revision: b8f3e4a1d2c9
-- down_revision: fde9ed84d07b
-- version: 3.3.0
-- title: Add what a retry policy decided to task instances and their history

-- upgrade

ALTER TABLE task_instance ADD COLUMN retry_delay_override float;
ALTER TABLE task_instance ADD COLUMN retry_reason string(500);
ALTER TABLE task_instance_history ADD COLUMN retry_delay_override float;
ALTER TABLE task_instance_history ADD COLUMN retry_reason string(500);

-- downgrade

ALTER TABLE task_instance DROP COLUMN retry_reason;
ALTER TABLE task_instance DROP COLUMN retry_delay_override;
ALTER TABLE task_instance_history DROP COLUMN retry_reason;
ALTER TABLE task_instance_history DROP COLUMN retry_delay_override;
