-- revision: a7e6d4c3b2f1
-- down_revision: 8812eb67b63c
-- version: 3.3.0
-- title: Add the table of requested connection tests

-- upgrade

CREATE TABLE connection_test_request (
    id uuid NOT NULL,
    token string(64) NOT NULL,
    connection_id string(250) NOT NULL,
    state string(20) NOT NULL,
    result_message string(2000),
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    executor string(256),
    queue string(256),
    conn_type string(500) NOT NULL,
    host string(500),
    login text,
    password text,
    schema string(500),
    port integer,
    extra text,
    is_encrypted boolean DEFAULT false NOT NULL,
    is_extra_encrypted boolean DEFAULT false NOT NULL,
    commit_on_success boolean DEFAULT false NOT NULL,
    active_connection_id string(250),
    team_name string(50),
    CONSTRAINT connection_test_request_pkey PRIMARY KEY (id),
    CONSTRAINT connection_test_request_token_uq UNIQUE (token),
    CONSTRAINT uq_connection_test_request_active_conn UNIQUE (active_connection_id)
);
CREATE INDEX idx_connection_test_request_state_created_at ON connection_test_request (state, created_at);

-- downgrade

DROP INDEX idx_connection_test_request_state_created_at;
DROP TABLE connection_test_request;
