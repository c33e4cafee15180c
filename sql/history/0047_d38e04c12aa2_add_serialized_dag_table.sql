-- revision: d38e04c12aa2
-- down_revision: 6e96a59344a4
-- version: 1.10.7
-- title: Add ``serialized_dag`` table

-- upgrade

CREATE TABLE serialized_dag (
    dag_id       string_id(250) NOT NULL,
    fileloc      string(2000) NOT NULL,
    fileloc_hash integer NOT NULL,
    data         json_document NOT NULL,
    last_updated utc_timestamp NOT NULL,
    CONSTRAINT serialized_dag_pkey PRIMARY KEY (dag_id)
);
CREATE INDEX idx_fileloc_hash ON serialized_dag (fileloc_hash);

-- downgrade

DROP TABLE serialized_dag;
