-- revision: 959e216a3abb
-- down_revision: 0e9519b56710
-- version: 3.0.0
-- title: Turn dag.is_active into its opposite, is_stale

-- upgrade

ALTER TABLE dag RENAME COLUMN is_active TO is_stale;
UPDATE dag SET is_stale = NOT is_stale;

-- downgrade

ALTER TABLE dag RENAME COLUMN is_stale TO is_active;
UPDATE dag SET is_active = NOT is_active;
