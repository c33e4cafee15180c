-- revision: 5cc8117e9285
-- down_revision: 1b2c3d4e5f6g
-- version: 3.2.0
-- title: Keep the history of human-in-the-loop details

-- upgrade

CREATE TABLE hitl_detail_history (
    ti_history_id uuid36 NOT NULL,
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
    CONSTRAINT hitl_detail_history_pkey PRIMARY KEY (ti_history_id),
    CONSTRAINT hitl_detail_history_tih_fkey FOREIGN KEY (ti_history_id) REFERENCES task_instance_history (task_instance_id) ON UPDATE CASCADE ON DELETE CASCADE
);

-- downgrade

DROP TABLE hitl_detail_history;
