-- revision: b247b1e3d1ed
-- down_revision: e38be357a868
-- version: 2.0.0
-- title: Add queued by Job ID to TI

-- upgrade

ALTER TABLE task_instance ADD COLUMN queued_by_job_id integer;

-- downgrade

ALTER TABLE task_instance DROP COLUMN queued_by_job_id;
