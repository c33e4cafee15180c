-- revision: 0b112f49112d
-- down_revision: c47f2e1ab9d4
-- version: 3.2.0
-- title: Add dag.exceeds_max_non_backfill

-- upgrade

ALTER TABLE dag ADD COLUMN exceeds_max_non_backfill boolean DEFAULT false NOT NULL;

-- downgrade

ALTER TABLE dag DROP COLUMN exceeds_max_non_backfill;
