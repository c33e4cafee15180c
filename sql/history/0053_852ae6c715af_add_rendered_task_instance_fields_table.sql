-- revision: 852ae6c715af
-- down_revision: a4c2fd67d16b
-- version: 1.10.10
-- title: Add ``RenderedTaskInstanceFields`` table

-- upgrade

CREATE TABLE rendered_task_instance_fields (
    dag_id          string_id(250) NOT NULL,
    task_id         string_id(250) NOT NULL,
    execution_date  utc_timestamp(0) NOT NULL,
    rendered_fields json_document NOT NULL,
    CONSTRAINT rendered_task_instance_fields_pkey PRIMARY KEY (dag_id, task_id, execution_date)
);

-- downgrade

DROP TABLE rendered_task_instance_fields;
