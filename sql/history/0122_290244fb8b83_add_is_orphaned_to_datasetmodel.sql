-- revision: 290244fb8b83
-- down_revision: 1986afd32c1b
-- version: 2.5.0
-- title: Add is_orphaned to DatasetModel

-- upgrade

ALTER TABLE dataset ADD COLUMN is_orphaned boolean NOT NULL DEFAULT false;

-- downgrade

ALTER TABLE dataset DROP COLUMN is_orphaned;
