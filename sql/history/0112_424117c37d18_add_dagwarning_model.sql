-- revision: 424117c37d18
-- down_revision: f5fcbda3e651
-- version: 2.4.0
-- title: Add DagWarning model

-- upgrade

CREATE TABLE dag_warning (
    dag_id       string_id(250) NOT NULL,
    warning_type string(50) NOT NULL,
    message      text NOT NULL,
    timestamp    utc_timestamp NOT NULL,
    CONSTRAINT dag_warning_pkey PRIMARY KEY (dag_id, warning_type),
    CONSTRAINT dcw_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);

-- downgrade

DROP TABLE dag_warning;
