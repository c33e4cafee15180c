-- revision: 40f7c30a228b
-- down_revision: ffdb0566c7c0
-- version: 3.1.0
-- title: Add hitl_detail

-- upgrade

CREATE TABLE hitl_detail (
    ti_id uuid36 NOT NULL,
    options json_document NOT NULL,
    subject text NOT NULL,
    body text,
    defaults json_document,
    multiple boolean,
    params json_document NOT NULL,
    assignees json_document,
    created_at utc_timestamp NOT NULL,
    responded_at utc_timestamp,
    responded_by json_document,
    chosen_options json_document,
    params_input json_document NOT NULL,
    CONSTRAINT hitl_detail_pkey PRIMARY KEY (ti_id),
    CONSTRAINT hitl_detail_ti_fkey FOREIGN KEY (ti_id) REFERENCES task_instance (id) ON UPDATE CASCADE ON DELETE CASCADE
);

-- downgrade

DROP TABLE hitl_detail;
