-- revision: 4eaab2fe6582
-- down_revision: c97c2ab6aa23
-- version: 2.3.0
-- title: Migrate RTIF to use run_id and map_index

-- upgrade

-- As in 54bebd308c5f.
-- @nonempty
CREATE TABLE _airflow_moved__2_3__dangling__rendered_task_instance_fields AS
SELECT * FROM rendered_task_instance_fields WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.run_id = d.run_id
    WHERE d.dag_id = rendered_task_instance_fields.dag_id AND d.execution_date = rendered_task_instance_fields.execution_date AND i.task_id = rendered_task_instance_fields.task_id);
-- @if table _airflow_moved__2_3__dangling__rendered_task_instance_fields
DELETE FROM rendered_task_instance_fields WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.run_id = d.run_id
    WHERE d.dag_id = rendered_task_instance_fields.dag_id AND d.execution_date = rendered_task_instance_fields.execution_date AND i.task_id = rendered_task_instance_fields.task_id);
ALTER TABLE rendered_task_instance_fields ADD COLUMN map_index integer NOT NULL DEFAULT -1;
ALTER TABLE rendered_task_instance_fields ADD COLUMN run_id string_id(250);
-- @batch
UPDATE rendered_task_instance_fields SET run_id = dag_run.run_id FROM dag_run
WHERE dag_run.dag_id = rendered_task_instance_fields.dag_id AND dag_run.execution_date = rendered_task_instance_fields.execution_date;
CALL drop_primary_key('rendered_task_instance_fields');
ALTER TABLE rendered_task_instance_fields ALTER COLUMN run_id SET NOT NULL;
ALTER TABLE rendered_task_instance_fields DROP COLUMN execution_date;
ALTER TABLE rendered_task_instance_fields ADD CONSTRAINT rendered_task_instance_fields_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index);
ALTER TABLE rendered_task_instance_fields ADD CONSTRAINT rtif_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;

-- downgrade

-- Airflow fails where several instances of a mapped task have rows: their keys are no longer
-- different. The first of them stays, the others are set aside.
-- @nonempty
CREATE TABLE _airflow_moved__2_3__mapped_rendered_fields AS
SELECT * FROM rendered_task_instance_fields WHERE (dag_id, task_id, run_id, map_index) NOT IN (
    SELECT dag_id, task_id, run_id, min(map_index) FROM rendered_task_instance_fields GROUP BY dag_id, task_id, run_id);
-- @if table _airflow_moved__2_3__mapped_rendered_fields
DELETE FROM rendered_task_instance_fields WHERE (dag_id, task_id, run_id, map_index) NOT IN (
    SELECT dag_id, task_id, run_id, min(map_index) FROM rendered_task_instance_fields GROUP BY dag_id, task_id, run_id);
ALTER TABLE rendered_task_instance_fields ADD COLUMN execution_date utc_timestamp;
-- @batch
UPDATE rendered_task_instance_fields SET execution_date = dag_run.execution_date FROM dag_run
WHERE dag_run.dag_id = rendered_task_instance_fields.dag_id AND dag_run.run_id = rendered_task_instance_fields.run_id;
ALTER TABLE rendered_task_instance_fields ALTER COLUMN execution_date SET NOT NULL;
ALTER TABLE rendered_task_instance_fields DROP CONSTRAINT rtif_ti_fkey;
ALTER TABLE rendered_task_instance_fields DROP CONSTRAINT rendered_task_instance_fields_pkey;
ALTER TABLE rendered_task_instance_fields ADD CONSTRAINT rendered_task_instance_fields_pkey PRIMARY KEY (dag_id, task_id, execution_date);
ALTER TABLE rendered_task_instance_fields DROP COLUMN map_index;
ALTER TABLE rendered_task_instance_fields DROP COLUMN run_id;
