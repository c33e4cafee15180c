-- revision: 947454bf1dff
-- down_revision: bdaa763e6c56
-- version: 1.8.2
-- title: Create index on ``job_id`` column in ``task_instance`` table

-- upgrade

CREATE INDEX ti_job_id ON task_instance (job_id);

-- downgrade

DROP INDEX ti_job_id;
