-- revision: 48925b2719cb
-- down_revision: 4eaab2fe6582
-- version: 2.3.0
-- title: Add map_index to TaskFail

-- upgrade

-- As in 54bebd308c5f.
-- @nonempty
CREATE TABLE _airflow_moved__2_3__dangling__task_fail AS
SELECT * FROM task_fail WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.run_id = d.run_id
    WHERE d.dag_id = task_fail.dag_id AND d.execution_date = task_fail.execution_date AND i.task_id = task_fail.task_id);
-- @if table _airflow_moved__2_3__dangling__task_fail
DELETE FROM task_fail WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.run_id = d.run_id
    WHERE d.dag_id = task_fail.dag_id AND d.execution_date = task_fail.execution_date AND i.task_id = task_fail.task_id);
DROP INDEX idx_task_fail_dag_task_date;
ALTER TABLE task_fail ADD COLUMN map_index integer NOT NULL DEFAULT -1;
ALTER TABLE task_fail ADD COLUMN run_id string_id(250);
-- @batch
UPDATE task_fail SET run_id = dag_run.run_id FROM dag_run
WHERE dag_run.dag_id = task_fail.dag_id AND dag_run.execution_date = task_fail.execution_date;
ALTER TABLE task_fail ALTER COLUMN run_id SET NOT NULL;
ALTER TABLE task_fail DROP COLUMN execution_date;
ALTER TABLE task_fail ADD CONSTRAINT task_fail_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;

-- downgrade

ALTER TABLE task_fail ADD COLUMN execution_date utc_timestamp;
-- @batch
UPDATE task_fail SET execution_date = dag_run.execution_date FROM dag_run
WHERE dag_run.dag_id = task_fail.dag_id AND dag_run.run_id = task_fail.run_id;
ALTER TABLE task_fail ALTER COLUMN execution_date SET NOT NULL;
ALTER TABLE task_fail DROP CONSTRAINT task_fail_ti_fkey;
ALTER TABLE task_fail DROP COLUMN map_index;
ALTER TABLE task_fail DROP COLUMN run_id;
CREATE INDEX idx_task_fail_dag_task_date ON task_fail (dag_id, task_id, execution_date);
