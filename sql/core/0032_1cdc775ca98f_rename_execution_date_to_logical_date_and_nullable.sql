-- revision: 1cdc775ca98f
-- down_revision: a2c32e6c7729
-- version: 3.0.0
-- title: Rename execution_date to logical_date

-- upgrade

ALTER TABLE dag_run ALTER COLUMN execution_date DROP NOT NULL;
ALTER TABLE dag_run RENAME COLUMN execution_date TO logical_date;
ALTER TABLE dag_run DROP CONSTRAINT dag_run_dag_id_execution_date_key;
ALTER TABLE dag_run ADD CONSTRAINT dag_run_dag_id_logical_date_key UNIQUE (dag_id, logical_date);

ALTER TABLE log ALTER COLUMN execution_date DROP NOT NULL;
ALTER TABLE log RENAME COLUMN execution_date TO logical_date;

-- downgrade

-- Runs without a logical date cannot be in 2.x. They are set aside, and what depends on them goes.
-- @if rows dag_run WHERE logical_date IS NULL
CREATE TABLE _airflow_moved__3_0_0__offending_dag_run AS
SELECT * FROM dag_run WHERE logical_date IS NULL;
DELETE FROM dag_run WHERE logical_date IS NULL;

ALTER TABLE dag_run ALTER COLUMN logical_date SET NOT NULL;
ALTER TABLE dag_run RENAME COLUMN logical_date TO execution_date;
ALTER TABLE dag_run DROP CONSTRAINT dag_run_dag_id_logical_date_key;
ALTER TABLE dag_run ADD CONSTRAINT dag_run_dag_id_execution_date_key UNIQUE (dag_id, execution_date);

ALTER TABLE log ALTER COLUMN logical_date DROP NOT NULL;
ALTER TABLE log RENAME COLUMN logical_date TO execution_date;
