-- revision: dd4ecb8fbee3
-- down_revision: c8ffec048a3b
-- version: 1.10.3
-- title: Add schedule interval to dag

-- upgrade

ALTER TABLE dag ADD COLUMN schedule_interval text;

-- downgrade

ALTER TABLE dag DROP COLUMN schedule_interval;
