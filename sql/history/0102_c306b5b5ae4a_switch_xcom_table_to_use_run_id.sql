-- revision: c306b5b5ae4a
-- down_revision: a3bcd0914482
-- version: 2.3.0
-- title: Switch XCom table to use ``run_id`` and add ``map_index``

-- upgrade

-- As in 54bebd308c5f.
-- @nonempty
CREATE TABLE _airflow_moved__2_3__dangling__xcom AS
SELECT * FROM xcom WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.run_id = d.run_id
    WHERE d.dag_id = xcom.dag_id AND d.execution_date = xcom.execution_date AND i.task_id = xcom.task_id);
-- @if table _airflow_moved__2_3__dangling__xcom
DELETE FROM xcom WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.run_id = d.run_id
    WHERE d.dag_id = xcom.dag_id AND d.execution_date = xcom.execution_date AND i.task_id = xcom.task_id);
ALTER TABLE xcom ADD COLUMN dag_run_id integer;
ALTER TABLE xcom ADD COLUMN run_id string_id(250);
ALTER TABLE xcom ADD COLUMN map_index integer NOT NULL DEFAULT -1;
-- @batch
UPDATE xcom SET dag_run_id = dag_run.id, run_id = dag_run.run_id FROM dag_run
WHERE dag_run.dag_id = xcom.dag_id AND dag_run.execution_date = xcom.execution_date;
ALTER TABLE xcom ALTER COLUMN dag_run_id SET NOT NULL;
ALTER TABLE xcom ALTER COLUMN run_id SET NOT NULL;
CALL drop_primary_key('xcom');
-- Databases that went down to 1.10 and up again may have it.
DROP INDEX IF EXISTS idx_xcom_dag_task_date;
ALTER TABLE xcom DROP COLUMN execution_date;
ALTER TABLE xcom ADD CONSTRAINT xcom_pkey PRIMARY KEY (dag_run_id, task_id, map_index, key);
CREATE INDEX idx_xcom_key ON xcom (key);
ALTER TABLE xcom ADD CONSTRAINT xcom_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;

-- downgrade

DELETE FROM xcom WHERE map_index <> -1;
ALTER TABLE xcom ADD COLUMN execution_date utc_timestamp;
-- @batch
UPDATE xcom SET execution_date = dag_run.execution_date FROM dag_run
WHERE dag_run.dag_id = xcom.dag_id AND dag_run.run_id = xcom.run_id;
ALTER TABLE xcom ALTER COLUMN execution_date SET NOT NULL;
ALTER TABLE xcom DROP CONSTRAINT xcom_task_instance_fkey;
DROP INDEX idx_xcom_key;
-- Airflow makes the table anew: the index that MySQL has needed for the key is not in it.
-- @only mysql
DROP INDEX IF EXISTS idx_xcom_task_instance;
-- @only mysql
-- @if index xcom_task_instance_fkey on xcom
DROP INDEX xcom_task_instance_fkey;
ALTER TABLE xcom DROP CONSTRAINT xcom_pkey;
ALTER TABLE xcom DROP COLUMN dag_run_id;
ALTER TABLE xcom DROP COLUMN run_id;
ALTER TABLE xcom DROP COLUMN map_index;
-- The name is the one of the table that Airflow makes on the way.
ALTER TABLE xcom ADD CONSTRAINT __airflow_tmp_xcom_pkey PRIMARY KEY (key, task_id, dag_id, execution_date);
