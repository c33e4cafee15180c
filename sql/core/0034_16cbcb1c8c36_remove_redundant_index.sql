-- revision: 16cbcb1c8c36
-- down_revision: 522625f6d606
-- version: 3.0.0
-- title: Remove redundant index

-- upgrade

DROP INDEX idx_log_dag;

-- downgrade

CREATE INDEX idx_log_dag ON log (dag_id);
