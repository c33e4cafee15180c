-- revision: 64de9cddf6c9
-- down_revision: 211e584da130
-- version: 1.7.1.3
-- title: Add ``task_fail`` table

-- upgrade

CREATE TABLE task_fail (
    id             serial NOT NULL,
    task_id        string_id(250) NOT NULL,
    dag_id         string_id(250) NOT NULL,
    execution_date naive_timestamp NOT NULL,
    start_date     naive_timestamp,
    end_date       naive_timestamp,
    duration       integer,
    CONSTRAINT task_fail_pkey PRIMARY KEY (id)
);

-- downgrade

DROP TABLE task_fail;
