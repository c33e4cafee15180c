-- revision: 8f966b9c467a
-- down_revision: 3c20cacc0044
-- version: 2.0.0
-- title: Set ``conn_type`` as non-nullable

-- upgrade

UPDATE connection SET conn_type = 'imap' WHERE conn_id = 'imap_default' AND conn_type IS NULL;
ALTER TABLE connection ALTER COLUMN conn_type SET NOT NULL;

-- downgrade

ALTER TABLE connection ALTER COLUMN conn_type DROP NOT NULL;
