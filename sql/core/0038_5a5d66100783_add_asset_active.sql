-- revision: 5a5d66100783
-- down_revision: c3389cd7793f
-- version: 3.0.0
-- title: Add AssetActive to track orphaning instead of a flag

-- upgrade

CREATE TABLE asset_active (
    name uri_string(1500) NOT NULL,
    uri  uri_string(1500) NOT NULL,
    CONSTRAINT asset_active_pkey PRIMARY KEY (name, uri),
    CONSTRAINT asset_active_asset_name_uri_fkey FOREIGN KEY (name, uri)
        REFERENCES dataset (name, uri) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_asset_active_name_unique ON asset_active (name);
CREATE UNIQUE INDEX idx_asset_active_uri_unique ON asset_active (uri);
INSERT INTO asset_active (name, uri)
SELECT name, uri FROM dataset WHERE is_orphaned = false;
ALTER TABLE dataset DROP COLUMN is_orphaned;

-- downgrade

ALTER TABLE dataset ADD COLUMN is_orphaned boolean DEFAULT false NOT NULL;
-- @batch
UPDATE dataset SET is_orphaned = true
WHERE NOT EXISTS (SELECT 1 FROM asset_active a WHERE a.name = dataset.name AND a.uri = dataset.uri);
DROP TABLE asset_active;
