-- revision: 0a2a5b66e19d
-- down_revision: 9635ae0956e7
-- version: 1.10.2
-- title: Add ``task_reschedule`` table

-- upgrade

CREATE TABLE task_reschedule (
    id              serial NOT NULL,
    task_id         string_id(250) NOT NULL,
    dag_id          string_id(250) NOT NULL,
    execution_date  utc_timestamp NOT NULL,
    try_number      integer NOT NULL,
    start_date      utc_timestamp NOT NULL,
    end_date        utc_timestamp NOT NULL,
    duration        integer NOT NULL,
    reschedule_date utc_timestamp NOT NULL,
    CONSTRAINT task_reschedule_pkey PRIMARY KEY (id),
    CONSTRAINT task_reschedule_dag_task_date_fkey FOREIGN KEY (task_id, dag_id, execution_date)
        REFERENCES task_instance (task_id, dag_id, execution_date)
);
CREATE INDEX idx_task_reschedule_dag_task_date ON task_reschedule (dag_id, task_id, execution_date);

-- downgrade

DROP TABLE task_reschedule;
