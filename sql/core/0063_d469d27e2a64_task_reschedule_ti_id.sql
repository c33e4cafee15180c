-- revision: d469d27e2a64
-- down_revision: 16f7f5ee874e
-- version: 3.0.0
-- title: Refer from task_reschedule to task_instance.id

-- upgrade

ALTER TABLE task_reschedule ADD COLUMN ti_id uuid36;
-- @batch
UPDATE task_reschedule SET ti_id = task_instance.id
FROM task_instance
WHERE task_reschedule.task_id = task_instance.task_id
  AND task_reschedule.dag_id = task_instance.dag_id
  AND task_reschedule.run_id = task_instance.run_id
  AND task_reschedule.map_index = task_instance.map_index;
ALTER TABLE task_reschedule ALTER COLUMN ti_id SET NOT NULL;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_dr_fkey;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON DELETE CASCADE;
DROP INDEX idx_task_reschedule_dag_run;
DROP INDEX idx_task_reschedule_dag_task_run;
ALTER TABLE task_reschedule DROP COLUMN map_index;
ALTER TABLE task_reschedule DROP COLUMN dag_id;
ALTER TABLE task_reschedule DROP COLUMN task_id;
ALTER TABLE task_reschedule DROP COLUMN run_id;

-- downgrade

ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
ALTER TABLE task_reschedule ADD COLUMN run_id string_id(250);
ALTER TABLE task_reschedule ADD COLUMN task_id string_id(250);
ALTER TABLE task_reschedule ADD COLUMN dag_id string_id(250);
ALTER TABLE task_reschedule ADD COLUMN map_index integer DEFAULT -1 NOT NULL;
-- @batch
UPDATE task_reschedule SET dag_id = task_instance.dag_id, task_id = task_instance.task_id, run_id = task_instance.run_id, map_index = task_instance.map_index
FROM task_instance
WHERE task_reschedule.ti_id = task_instance.id;
ALTER TABLE task_reschedule DROP COLUMN ti_id;
-- There Airflow's change to NOT NULL, of a column that is so already, takes the default away.
-- @only mysql
ALTER TABLE task_reschedule ALTER COLUMN map_index DROP DEFAULT;
ALTER TABLE task_reschedule ALTER COLUMN run_id SET NOT NULL;
ALTER TABLE task_reschedule ALTER COLUMN task_id SET NOT NULL;
ALTER TABLE task_reschedule ALTER COLUMN dag_id SET NOT NULL;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dr_fkey FOREIGN KEY (dag_id, run_id)
    REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
CREATE INDEX idx_task_reschedule_dag_task_run ON task_reschedule (dag_id, task_id, run_id, map_index);
CREATE INDEX idx_task_reschedule_dag_run ON task_reschedule (dag_id, run_id);
