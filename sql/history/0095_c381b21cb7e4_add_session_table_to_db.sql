-- revision: c381b21cb7e4
-- down_revision: be2bfac3da23
-- version: 2.2.4
-- title: Create a ``session`` table to store web session data

-- upgrade

-- The web application may have made it.
CREATE TABLE IF NOT EXISTS session (
    id         serial NOT NULL,
    session_id string(255),
    data       binary,
    expiry     naive_timestamp,
    CONSTRAINT session_pkey PRIMARY KEY (id),
    CONSTRAINT session_session_id_uq UNIQUE (session_id)
);

-- downgrade

DROP TABLE IF EXISTS session;
