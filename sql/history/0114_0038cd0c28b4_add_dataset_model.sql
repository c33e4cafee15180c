-- revision: 0038cd0c28b4
-- down_revision: 44b7034f6bdc
-- version: 2.4.0
-- title: Add Dataset model

-- upgrade

CREATE TABLE dataset (
    id         serial NOT NULL,
    uri        uri_string(3000) NOT NULL,
    extra      json_document NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT dataset_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_uri_unique ON dataset (uri);
CREATE TABLE dag_schedule_dataset_reference (
    dataset_id integer NOT NULL,
    dag_id     string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT dag_schedule_dataset_reference_pkey PRIMARY KEY (dataset_id, dag_id),
    CONSTRAINT dsdr_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES dataset (id) ON DELETE CASCADE,
    CONSTRAINT dsdr_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE TABLE task_outlet_dataset_reference (
    dataset_id integer NOT NULL,
    dag_id     string_id(250) NOT NULL,
    task_id    string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT task_outlet_dataset_reference_pkey PRIMARY KEY (dataset_id, dag_id, task_id),
    CONSTRAINT todr_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES dataset (id) ON DELETE CASCADE,
    CONSTRAINT todr_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE TABLE dataset_dag_run_queue (
    dataset_id    integer NOT NULL,
    target_dag_id string_id(250) NOT NULL,
    created_at    utc_timestamp NOT NULL,
    CONSTRAINT dataset_dag_run_queue_pkey PRIMARY KEY (dataset_id, target_dag_id),
    CONSTRAINT ddrq_dataset_fkey FOREIGN KEY (dataset_id) REFERENCES dataset (id) ON DELETE CASCADE,
    CONSTRAINT ddrq_dag_fkey FOREIGN KEY (target_dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE TABLE dataset_event (
    id               serial NOT NULL,
    dataset_id       integer NOT NULL,
    extra            json_document NOT NULL,
    source_task_id   string(250),
    source_dag_id    string(250),
    source_run_id    string(250),
    source_map_index integer DEFAULT -1,
    timestamp        utc_timestamp NOT NULL,
    CONSTRAINT dataset_event_pkey PRIMARY KEY (id)
);
CREATE INDEX idx_dataset_id_timestamp ON dataset_event (dataset_id, timestamp);
CREATE TABLE dagrun_dataset_event (
    dag_run_id integer NOT NULL,
    event_id   integer NOT NULL,
    CONSTRAINT dagrun_dataset_events_pkey PRIMARY KEY (dag_run_id, event_id),
    CONSTRAINT dagrun_dataset_events_dag_run_id_fkey FOREIGN KEY (dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT dagrun_dataset_events_event_id_fkey FOREIGN KEY (event_id) REFERENCES dataset_event (id) ON DELETE CASCADE
);
CREATE INDEX idx_dagrun_dataset_events_dag_run_id ON dagrun_dataset_event (dag_run_id);
CREATE INDEX idx_dagrun_dataset_events_event_id ON dagrun_dataset_event (event_id);

-- downgrade

DROP TABLE dag_schedule_dataset_reference;
DROP TABLE task_outlet_dataset_reference;
DROP TABLE dataset_dag_run_queue;
DROP TABLE dagrun_dataset_event;
DROP TABLE dataset_event;
DROP TABLE dataset;
