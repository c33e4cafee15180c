-- revision: c97c2ab6aa23
-- down_revision: c306b5b5ae4a
-- version: 2.3.0
-- title: add callback request table

-- upgrade

CREATE TABLE callback_request (
    id              serial NOT NULL,
    created_at      utc_timestamp NOT NULL,
    priority_weight integer NOT NULL,
    callback_data   json_document NOT NULL,
    callback_type   string(20) NOT NULL,
    dag_directory   string(1000),
    CONSTRAINT callback_request_pkey PRIMARY KEY (id)
);

-- downgrade

DROP TABLE callback_request;
