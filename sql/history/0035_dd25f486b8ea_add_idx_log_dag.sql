-- revision: dd25f486b8ea
-- down_revision: 9635ae0956e7
-- version: 1.10.2
-- title: Add index on ``log`` table

-- upgrade

CREATE INDEX idx_log_dag ON log (dag_id);

-- downgrade

DROP INDEX idx_log_dag;
