-- revision: 5f57a45b8433
-- down_revision: 486ac7936b78
-- version: 3.0.0
-- title: Drop table task_fail

-- upgrade

DROP TABLE task_fail;

-- downgrade

CREATE TABLE task_fail (
    id serial NOT NULL,
    task_id string_id(250) NOT NULL,
    dag_id string_id(250) NOT NULL,
    run_id string_id(250) NOT NULL,
    map_index integer DEFAULT -1 NOT NULL,
    start_date utc_timestamp,
    end_date utc_timestamp,
    duration integer,
    CONSTRAINT task_fail_pkey PRIMARY KEY (id),
    CONSTRAINT task_fail_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE
);
CREATE INDEX idx_task_fail_task_instance ON task_fail (dag_id, task_id, run_id, map_index);
