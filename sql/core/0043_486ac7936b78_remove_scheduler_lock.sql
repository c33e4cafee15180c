-- revision: 486ac7936b78
-- down_revision: d59cbbef95eb
-- version: 3.0.0
-- title: Remove dag.scheduler_lock

-- upgrade

ALTER TABLE dag DROP COLUMN scheduler_lock;

-- downgrade

ALTER TABLE dag ADD COLUMN scheduler_lock boolean;
