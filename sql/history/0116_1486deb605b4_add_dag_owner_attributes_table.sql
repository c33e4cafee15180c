-- revision: 1486deb605b4
-- down_revision: f4ff391becb5
-- version: 2.4.0
-- title: add dag_owner_attributes table

-- upgrade

CREATE TABLE dag_owner_attributes (
    dag_id string_id(250) NOT NULL,
    owner  string(500) NOT NULL,
    link   string(500) NOT NULL,
    CONSTRAINT dag_owner_attributes_pkey PRIMARY KEY (dag_id, owner),
    CONSTRAINT dag_owner_attributes_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);

-- downgrade

DROP TABLE dag_owner_attributes;
