-- revision: 52d714495f0
-- down_revision: 338e90f54d61
-- version: 1.5.2
-- title: Add indices in ``job`` table

-- upgrade

CREATE INDEX idx_job_state_heartbeat ON job (state, latest_heartbeat);

-- downgrade

DROP INDEX idx_job_state_heartbeat;
