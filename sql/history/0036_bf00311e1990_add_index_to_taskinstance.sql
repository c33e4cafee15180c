-- revision: bf00311e1990
-- down_revision: dd25f486b8ea
-- version: 1.10.2
-- title: Add index to ``task_instance`` table

-- upgrade

CREATE INDEX ti_dag_date ON task_instance (dag_id, execution_date);

-- downgrade

DROP INDEX ti_dag_date;
