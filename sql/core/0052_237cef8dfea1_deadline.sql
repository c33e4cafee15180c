-- revision: 237cef8dfea1
-- down_revision: 038dc8bc6284
-- version: 3.0.0
-- title: Add deadline

-- upgrade

CREATE TABLE deadline (
    id uuid NOT NULL,
    dag_id string_id(250),
    dagrun_id integer,
    deadline naive_timestamp NOT NULL,
    callback string(500) NOT NULL,
    callback_kwargs json_document,
    CONSTRAINT deadline_pkey PRIMARY KEY (id),
    CONSTRAINT deadline_dagrun_id_fkey FOREIGN KEY (dagrun_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT deadline_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX deadline_idx ON deadline (deadline);

-- downgrade

DROP TABLE deadline;
