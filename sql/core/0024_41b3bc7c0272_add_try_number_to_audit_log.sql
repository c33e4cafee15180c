-- revision: 41b3bc7c0272
-- down_revision: ec3471c1e067
-- version: 2.10.0
-- title: Add try_number to audit log

-- upgrade

ALTER TABLE log ADD COLUMN try_number integer;
CREATE INDEX idx_log_task_instance ON log (dag_id, task_id, run_id, map_index, try_number);

-- downgrade

DROP INDEX idx_log_task_instance;
ALTER TABLE log DROP COLUMN try_number;
