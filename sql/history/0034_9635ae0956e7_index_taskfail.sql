-- revision: 9635ae0956e7
-- down_revision: 856955da8476
-- version: 1.10.0
-- title: Create index on ``task_fail`` table

-- upgrade

CREATE INDEX idx_task_fail_dag_task_date ON task_fail (dag_id, task_id, execution_date);

-- downgrade

DROP INDEX idx_task_fail_dag_task_date;
