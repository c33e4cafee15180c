-- revision: e655c0453f75
-- down_revision: f9da662e7089
-- version: 2.3.0
-- title: Add TaskMap and map_index on TaskInstance

-- upgrade

ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
DROP INDEX idx_task_reschedule_dag_task_run;
ALTER TABLE task_instance DROP CONSTRAINT task_instance_pkey;
ALTER TABLE task_instance ADD COLUMN map_index integer NOT NULL DEFAULT -1;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index);
ALTER TABLE task_reschedule ADD COLUMN map_index integer NOT NULL DEFAULT -1;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
CREATE INDEX idx_task_reschedule_dag_task_run ON task_reschedule (dag_id, task_id, run_id, map_index);
CREATE TABLE task_map (
    dag_id    string_id(250) NOT NULL,
    task_id   string_id(250) NOT NULL,
    run_id    string_id(250) NOT NULL,
    map_index integer NOT NULL,
    length    integer NOT NULL,
    keys      json_document,
    CONSTRAINT task_map_pkey PRIMARY KEY (dag_id, task_id, run_id, map_index),
    CONSTRAINT ck_task_map_task_map_length_not_negative CHECK (length >= 0),
    CONSTRAINT task_map_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE
);

-- downgrade

DROP TABLE task_map;
ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_ti_fkey;
DROP INDEX idx_task_reschedule_dag_task_run;
-- With the foreign key gone, what waited for a mapped task has to go by itself.
DELETE FROM task_reschedule WHERE map_index <> -1;
ALTER TABLE task_reschedule DROP COLUMN map_index;
DELETE FROM task_instance WHERE map_index <> -1;
ALTER TABLE task_instance DROP CONSTRAINT task_instance_pkey;
ALTER TABLE task_instance DROP COLUMN map_index;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (dag_id, task_id, run_id);
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_ti_fkey FOREIGN KEY (dag_id, task_id, run_id)
    REFERENCES task_instance (dag_id, task_id, run_id) ON DELETE CASCADE;
CREATE INDEX idx_task_reschedule_dag_task_run ON task_reschedule (dag_id, task_id, run_id);
