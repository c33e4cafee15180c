-- revision: 405de8318b3a
-- down_revision: 788397e78828
-- version: 2.7.0
-- title: Add include_deferred column to pool

-- upgrade

ALTER TABLE slot_pool ADD COLUMN include_deferred boolean;
-- @batch
UPDATE slot_pool SET include_deferred = false;
ALTER TABLE slot_pool ALTER COLUMN include_deferred SET NOT NULL;

-- downgrade

ALTER TABLE slot_pool DROP COLUMN include_deferred;
