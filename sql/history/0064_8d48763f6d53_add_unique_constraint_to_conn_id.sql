-- revision: 8d48763f6d53
-- down_revision: 8f966b9c467a
-- version: 2.0.0
-- title: Add unique constraint to ``conn_id``

-- upgrade

ALTER TABLE connection ALTER COLUMN conn_id SET NOT NULL;
ALTER TABLE connection ADD CONSTRAINT unique_conn_id UNIQUE (conn_id);

-- downgrade

ALTER TABLE connection DROP CONSTRAINT unique_conn_id;
ALTER TABLE connection ALTER COLUMN conn_id DROP NOT NULL;
