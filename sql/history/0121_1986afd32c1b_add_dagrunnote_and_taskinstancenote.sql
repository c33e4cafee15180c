-- revision: 1986afd32c1b
-- down_revision: ee8d93fcc81e
-- version: 2.5.0
-- title: Add DagRunNote and TaskInstanceNote

-- upgrade

-- @only postgres
CREATE TABLE dag_run_note (
    user_id    integer,
    dag_run_id integer NOT NULL,
    content    string(1000),
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT dag_run_note_pkey PRIMARY KEY (dag_run_id),
    CONSTRAINT dag_run_note_dr_fkey FOREIGN KEY (dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT dag_run_note_user_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id)
);
-- @only postgres
CREATE TABLE task_instance_note (
    user_id    integer,
    task_id    string_id(250) NOT NULL,
    dag_id     string_id(250) NOT NULL,
    run_id     string_id(250) NOT NULL,
    map_index  integer NOT NULL,
    content    string(1000),
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT task_instance_note_pkey PRIMARY KEY (task_id, dag_id, run_id, map_index),
    CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT task_instance_note_user_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id)
);
-- @only mysql
CREATE TABLE dag_run_note (
    user_id    integer,
    dag_run_id integer NOT NULL,
    content    text,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT dag_run_note_pkey PRIMARY KEY (dag_run_id),
    CONSTRAINT dag_run_note_dr_fkey FOREIGN KEY (dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT dag_run_note_user_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id)
);
-- @only mysql
CREATE TABLE task_instance_note (
    user_id    integer,
    task_id    string_id(250) NOT NULL,
    dag_id     string_id(250) NOT NULL,
    run_id     string_id(250) NOT NULL,
    map_index  integer NOT NULL,
    content    text,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT task_instance_note_pkey PRIMARY KEY (task_id, dag_id, run_id, map_index),
    CONSTRAINT task_instance_note_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
        REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE,
    CONSTRAINT task_instance_note_user_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id)
);

-- downgrade

DROP TABLE task_instance_note;
DROP TABLE dag_run_note;
