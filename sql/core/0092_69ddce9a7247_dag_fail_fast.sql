-- revision: 69ddce9a7247
-- down_revision: 5cc8117e9285
-- version: 3.2.0
-- title: Add dag.fail_fast

-- upgrade

ALTER TABLE dag ADD COLUMN fail_fast boolean DEFAULT false NOT NULL;

-- downgrade

ALTER TABLE dag DROP COLUMN fail_fast;
