-- revision: 53ff648b8a26
-- down_revision: a5a3e5eb9b8d
-- version: 3.2.0
-- title: Add the table of revoked tokens

-- upgrade

CREATE TABLE revoked_token (
    jti string(32) NOT NULL,
    exp utc_timestamp NOT NULL,
    CONSTRAINT revoked_token_pkey PRIMARY KEY (jti)
);
CREATE INDEX idx_revoked_token_exp ON revoked_token (exp);

-- downgrade

DROP TABLE revoked_token;
