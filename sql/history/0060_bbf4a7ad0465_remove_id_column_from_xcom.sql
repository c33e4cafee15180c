-- revision: bbf4a7ad0465
-- down_revision: cf5dc11e79ad
-- version: 2.0.0
-- title: Remove id column from xcom

-- upgrade

-- The old key goes with its column.
-- @if column id on xcom
DROP INDEX idx_xcom_dag_task_date;
-- @if column id on xcom
ALTER TABLE xcom DROP COLUMN id;
-- @unless constraint pk_xcom on xcom
ALTER TABLE xcom ADD CONSTRAINT pk_xcom PRIMARY KEY (dag_id, task_id, key, execution_date);

-- downgrade

CALL drop_primary_key('xcom');
-- Airflow adds the column without values and fails where there are rows.
ALTER TABLE xcom ADD COLUMN id serial NOT NULL, ADD CONSTRAINT id PRIMARY KEY (id);
-- @only postgres
CREATE INDEX idx_xcom_dag_task_date ON xcom (dag_id, task_id, key, execution_date);
-- On MySQL, where its own fails always, it is as it was before.
-- @only mysql
CREATE INDEX idx_xcom_dag_task_date ON xcom (dag_id, task_id, execution_date);
-- @only mysql
ALTER TABLE xcom ALTER COLUMN key DROP NOT NULL;
