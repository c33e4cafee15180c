-- revision: 686269002441
-- down_revision: bff083ad727d
-- version: 2.9.2
-- title: Fix inconsistency between ORM and migration files

-- upgrade

-- connection: one unique constraint on conn_id under the model's name.
ALTER TABLE connection DROP CONSTRAINT IF EXISTS unique_conn_id;
ALTER TABLE connection DROP CONSTRAINT IF EXISTS connection_conn_id_uq;
ALTER TABLE connection ADD CONSTRAINT connection_conn_id_uq UNIQUE (conn_id);

-- @batch
UPDATE dag SET max_consecutive_failed_dag_runs = 0;
ALTER TABLE dag ALTER COLUMN max_consecutive_failed_dag_runs SET NOT NULL;

-- These two rest on the unique constraints of dag_run.
ALTER TABLE task_instance DROP CONSTRAINT task_instance_dag_run_fkey;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_dr_fkey;

ALTER TABLE dag_run DROP CONSTRAINT IF EXISTS dag_run_dag_id_execution_date_uq;
ALTER TABLE dag_run DROP CONSTRAINT IF EXISTS dag_run_dag_id_run_id_uq;
ALTER TABLE dag_run DROP CONSTRAINT IF EXISTS dag_run_dag_id_execution_date_key;
ALTER TABLE dag_run DROP CONSTRAINT IF EXISTS dag_run_dag_id_run_id_key;

-- @only mysql
ALTER TABLE callback_request ALTER COLUMN processor_subdir TYPE string(2000);
-- @only mysql
ALTER TABLE dag ALTER COLUMN processor_subdir TYPE string(2000);
-- @only mysql
ALTER TABLE import_error ALTER COLUMN processor_subdir TYPE string(2000);
-- @only mysql
ALTER TABLE serialized_dag ALTER COLUMN processor_subdir TYPE string(2000);

ALTER TABLE dag_run ADD CONSTRAINT dag_run_dag_id_execution_date_key UNIQUE (dag_id, execution_date);
ALTER TABLE dag_run ADD CONSTRAINT dag_run_dag_id_run_id_key UNIQUE (dag_id, run_id);

ALTER TABLE task_instance ADD CONSTRAINT task_instance_dag_run_fkey
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dr_fkey
    FOREIGN KEY (dag_id, run_id) REFERENCES dag_run (dag_id, run_id) ON DELETE CASCADE;

-- downgrade

-- Nothing: both names and the NOT NULL stay.
