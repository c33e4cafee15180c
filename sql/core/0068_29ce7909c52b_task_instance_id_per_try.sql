-- revision: 29ce7909c52b
-- down_revision: 959e216a3abb
-- version: 3.0.0
-- title: Give every try of a task instance its own id

-- upgrade

CREATE INDEX idx_tih_dag_run ON task_instance_history (dag_id, run_id);
ALTER TABLE task_instance_history DROP COLUMN task_instance_id;
ALTER TABLE task_instance_history RENAME COLUMN try_id TO task_instance_id;
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (ti_id)
    REFERENCES task_instance (id) ON UPDATE CASCADE ON DELETE CASCADE;
-- Reschedules are not told apart by try: they matter only while a sensor waits.
ALTER TABLE task_reschedule DROP COLUMN try_number;

-- downgrade

ALTER TABLE task_reschedule ADD COLUMN try_number integer DEFAULT 1 NOT NULL;
ALTER TABLE task_instance_note DROP CONSTRAINT task_instance_note_ti_fkey;
ALTER TABLE task_instance_note ADD CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (ti_id)
    REFERENCES task_instance (id) ON DELETE CASCADE;
ALTER TABLE task_instance_history RENAME COLUMN task_instance_id TO try_id;
DROP INDEX idx_tih_dag_run;
-- Left empty, as Airflow leaves it.
ALTER TABLE task_instance_history ADD COLUMN task_instance_id uuid;
