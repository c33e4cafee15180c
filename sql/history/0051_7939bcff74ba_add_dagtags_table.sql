-- revision: 7939bcff74ba
-- down_revision: fe461863935f
-- version: 1.10.8
-- title: Add ``DagTags`` table

-- upgrade

CREATE TABLE dag_tag (
    name   string(100) NOT NULL,
    dag_id string_id(250) NOT NULL,
    CONSTRAINT dag_tag_pkey PRIMARY KEY (name, dag_id),
    CONSTRAINT dag_tag_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id)
);

-- downgrade

DROP TABLE dag_tag;
