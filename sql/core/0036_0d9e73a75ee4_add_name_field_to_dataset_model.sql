-- revision: 0d9e73a75ee4
-- down_revision: 44eabb1904b4
-- version: 3.0.0
-- title: Add name and group fields to DatasetModel

-- upgrade

-- Index names are unique in a PostgreSQL schema, so this one gets its table's name.
DROP INDEX idx_name_unique;
CREATE UNIQUE INDEX idx_dataset_alias_name_unique ON dataset_alias (name);

ALTER TABLE dataset ADD COLUMN name uri_string(1500);
ALTER TABLE dataset ADD COLUMN "group" uri_string(1500);
-- @batch
UPDATE dataset SET name = uri, "group" = 'asset';
ALTER TABLE dataset ALTER COLUMN name SET NOT NULL;
-- Shorter, because MySQL's longest index is on name and uri together. A longer value is an error.
ALTER TABLE dataset ALTER COLUMN uri TYPE uri_string(1500);
ALTER TABLE dataset ALTER COLUMN "group" SET NOT NULL;
DROP INDEX idx_uri_unique;
CREATE UNIQUE INDEX idx_dataset_name_uri_unique ON dataset (name, uri);

-- downgrade

-- The URI alone must be unique again. An orphan gives way to an active dataset ...
DELETE FROM dataset d USING dataset a
WHERE d.is_orphaned = true AND a.is_orphaned = false AND d.uri = a.uri;
-- ... and of several orphans the oldest stays.
DELETE FROM dataset d USING dataset k
WHERE d.uri = k.uri AND d.id > k.id;

DROP INDEX idx_dataset_name_uri_unique;
CREATE UNIQUE INDEX idx_uri_unique ON dataset (uri);
ALTER TABLE dataset DROP COLUMN "group";
ALTER TABLE dataset DROP COLUMN name;
ALTER TABLE dataset ALTER COLUMN uri TYPE uri_string(3000);

DROP INDEX idx_dataset_alias_name_unique;
CREATE UNIQUE INDEX idx_name_unique ON dataset_alias (name);
