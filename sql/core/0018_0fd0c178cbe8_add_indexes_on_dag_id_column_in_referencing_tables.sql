-- revision: 0fd0c178cbe8
-- down_revision: 686269002441
-- version: 2.10.0
-- title: Add indexes on dag_id column in referencing tables

-- upgrade

CREATE INDEX idx_dag_schedule_dataset_reference_dag_id ON dag_schedule_dataset_reference (dag_id);
CREATE INDEX idx_dag_tag_dag_id ON dag_tag (dag_id);
CREATE INDEX idx_dag_warning_dag_id ON dag_warning (dag_id);
CREATE INDEX idx_dataset_dag_run_queue_target_dag_id ON dataset_dag_run_queue (target_dag_id);
CREATE INDEX idx_task_outlet_dataset_reference_dag_id ON task_outlet_dataset_reference (dag_id);

-- downgrade

-- MySQL will not drop an index that a foreign key rests on.
-- @only mysql
ALTER TABLE dag_schedule_dataset_reference DROP CONSTRAINT dsdr_dag_id_fkey;
DROP INDEX idx_dag_schedule_dataset_reference_dag_id;
-- @only mysql
ALTER TABLE dag_schedule_dataset_reference ADD CONSTRAINT dsdr_dag_id_fkey
    FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;

-- @only mysql
ALTER TABLE dag_tag DROP CONSTRAINT dag_tag_dag_id_fkey;
DROP INDEX idx_dag_tag_dag_id;
-- @only mysql
ALTER TABLE dag_tag ADD CONSTRAINT dag_tag_dag_id_fkey
    FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;

-- @only mysql
ALTER TABLE dag_warning DROP CONSTRAINT dcw_dag_id_fkey;
DROP INDEX idx_dag_warning_dag_id;
-- @only mysql
ALTER TABLE dag_warning ADD CONSTRAINT dcw_dag_id_fkey
    FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;

-- @only mysql
ALTER TABLE dataset_dag_run_queue DROP CONSTRAINT ddrq_dag_fkey;
DROP INDEX idx_dataset_dag_run_queue_target_dag_id;
-- @only mysql
ALTER TABLE dataset_dag_run_queue ADD CONSTRAINT ddrq_dag_fkey
    FOREIGN KEY (target_dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;

-- @only mysql
ALTER TABLE task_outlet_dataset_reference DROP CONSTRAINT todr_dag_id_fkey;
DROP INDEX idx_task_outlet_dataset_reference_dag_id;
-- @only mysql
ALTER TABLE task_outlet_dataset_reference ADD CONSTRAINT todr_dag_id_fkey
    FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;
