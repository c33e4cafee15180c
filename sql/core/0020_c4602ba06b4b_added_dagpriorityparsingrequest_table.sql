-- revision: c4602ba06b4b
-- down_revision: 677fdbb7fc54
-- version: 2.10.0
-- title: Add DagPriorityParsingRequest table

-- upgrade

CREATE TABLE dag_priority_parsing_request (
    id      string(32) NOT NULL,
    fileloc string(2000) NOT NULL,
    CONSTRAINT dag_priority_parsing_request_pkey PRIMARY KEY (id)
);

-- downgrade

DROP TABLE dag_priority_parsing_request;
