-- revision: 1b38cef5b76e
-- down_revision: 502898887f84
-- version: 1.6.0
-- title: Add ``dag_run`` table

-- upgrade

CREATE TABLE dag_run (
    id               serial NOT NULL,
    dag_id           string_id(250),
    execution_date   naive_timestamp,
    state            string(50),
    run_id           string_id(250),
    external_trigger boolean,
    CONSTRAINT dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT dag_run_dag_id_execution_date_uq UNIQUE (dag_id, execution_date),
    CONSTRAINT dag_run_dag_id_run_id_uq UNIQUE (dag_id, run_id)
);

-- downgrade

DROP TABLE dag_run;
