-- revision: c20871fbf23a
-- down_revision: c9d4e5f6a7b8
-- version: 3.3.0
-- title: Add dag.partition_mapper_info

-- upgrade

ALTER TABLE dag ADD COLUMN partition_mapper_info json_document;
-- @batch
UPDATE dag SET partition_mapper_info = '[]' WHERE partition_mapper_info IS NULL;
ALTER TABLE dag ALTER COLUMN partition_mapper_info SET NOT NULL;

-- downgrade

ALTER TABLE dag DROP COLUMN partition_mapper_info;
