-- revision: 7b2661a43ba3
-- down_revision: 142555e44c17
-- version: 2.2.0
-- title: Change ``TaskInstance`` and ``TaskReschedule`` tables from execution_date to run_id

-- upgrade

-- What leads to no run has gone before, in 54bebd308c5f.
ALTER TABLE dag_run ALTER COLUMN dag_id SET NOT NULL;
ALTER TABLE dag_run ALTER COLUMN execution_date SET NOT NULL;
ALTER TABLE dag_run ALTER COLUMN run_id SET NOT NULL;
-- @only mysql
CALL drop_unique('dag_run', 'dag_id', 'execution_date');
-- @only mysql
CALL drop_unique('dag_run', 'dag_id', 'run_id');
-- @only mysql
ALTER TABLE dag_run ADD CONSTRAINT dag_run_dag_id_execution_date_key UNIQUE (dag_id, execution_date);
-- @only mysql
ALTER TABLE dag_run ADD CONSTRAINT dag_run_dag_id_run_id_key UNIQUE (dag_id, run_id);

ALTER TABLE task_instance ADD COLUMN run_id string_id(250);
ALTER TABLE task_reschedule ADD COLUMN run_id string_id(250);
-- @batch
UPDATE task_reschedule SET run_id = dag_run.run_id FROM dag_run
WHERE dag_run.dag_id = task_reschedule.dag_id AND dag_run.execution_date = task_reschedule.execution_date;
-- @batch
UPDATE task_instance SET run_id = dag_run.run_id FROM dag_run
WHERE dag_run.dag_id = task_instance.dag_id AND dag_run.execution_date = task_instance.execution_date;

ALTER TABLE task_reschedule ALTER COLUMN run_id SET NOT NULL;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_dag_task_date_fkey;
DROP INDEX idx_task_reschedule_dag_task_date;
-- @only mysql
-- @if index task_reschedule_dag_task_date_fkey on task_reschedule
DROP INDEX task_reschedule_dag_task_date_fkey;

-- Airflow makes the table anew on PostgreSQL and so loses this default.
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN pool_slots DROP DEFAULT;
CALL drop_primary_key('task_instance');
DROP INDEX ti_dag_date;
DROP INDEX ti_state_lkp;
ALTER TABLE task_instance DROP COLUMN execution_date;
ALTER TABLE task_instance ALTER COLUMN run_id SET NOT NULL;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, run_id);
ALTER TABLE task_instance ADD CONSTRAINT task_instance_dag_run_fkey FOREIGN KEY (dag_id, run_id)
    REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE;
CREATE INDEX ti_dag_run ON task_instance (dag_id, run_id);
CREATE INDEX ti_state_lkp ON task_instance (dag_id, task_id, run_id, state);

ALTER TABLE task_reschedule DROP COLUMN execution_date;
CREATE INDEX idx_task_reschedule_dag_task_run ON task_reschedule (dag_id, task_id, run_id);
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id)
    REFERENCES task_instance (dag_id, task_id, run_id) ON DELETE CASCADE;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dr_fkey FOREIGN KEY (dag_id, run_id)
    REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE;

-- downgrade

ALTER TABLE task_instance ADD COLUMN execution_date utc_timestamp;
ALTER TABLE task_reschedule ADD COLUMN execution_date utc_timestamp;
-- @batch
UPDATE task_instance SET execution_date = dag_run.execution_date FROM dag_run
WHERE dag_run.dag_id = task_instance.dag_id AND dag_run.run_id = task_instance.run_id;
-- @batch
UPDATE task_reschedule SET execution_date = dag_run.execution_date FROM dag_run
WHERE dag_run.dag_id = task_reschedule.dag_id AND dag_run.run_id = task_reschedule.run_id;
ALTER TABLE task_reschedule ALTER COLUMN execution_date SET NOT NULL;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_dr_fkey;
DROP INDEX idx_task_reschedule_dag_task_run;
ALTER TABLE task_instance DROP CONSTRAINT task_instance_pkey;
ALTER TABLE task_instance ALTER COLUMN execution_date SET NOT NULL;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, execution_date);
ALTER TABLE task_instance DROP CONSTRAINT task_instance_dag_run_fkey;
DROP INDEX ti_dag_run;
DROP INDEX ti_state_lkp;
CREATE INDEX ti_state_lkp ON task_instance (dag_id, task_id, execution_date, state);
CREATE INDEX ti_dag_date ON task_instance (dag_id, execution_date);
ALTER TABLE task_instance DROP COLUMN run_id;
ALTER TABLE task_reschedule DROP COLUMN run_id;
CREATE INDEX idx_task_reschedule_dag_task_date ON task_reschedule (dag_id, task_id, execution_date);
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dag_task_date_fkey FOREIGN KEY (dag_id, task_id, execution_date)
    REFERENCES task_instance (dag_id, task_id, execution_date) ON DELETE CASCADE;
-- @only mysql
CREATE INDEX task_reschedule_dag_task_date_fkey ON task_reschedule (dag_id, execution_date);
-- On MySQL Airflow's own takes the collation of ids away from dag_run here, and stops at ids that differ in case only.
ALTER TABLE dag_run ALTER COLUMN run_id DROP NOT NULL;
ALTER TABLE dag_run ALTER COLUMN execution_date DROP NOT NULL;
ALTER TABLE dag_run ALTER COLUMN dag_id DROP NOT NULL;
