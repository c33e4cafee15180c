-- revision: 8504051e801b
-- down_revision: 4addfa1236f1
-- version: 1.7.1.3
-- title: Add indices on ``xcom`` table

-- upgrade

CREATE INDEX idx_xcom_dag_task_date ON xcom (dag_id, task_id, execution_date);

-- downgrade

DROP INDEX idx_xcom_dag_task_date;
