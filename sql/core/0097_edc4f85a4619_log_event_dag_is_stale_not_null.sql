-- revision: edc4f85a4619
-- down_revision: b12d4f98a91e
-- version: 3.2.0
-- title: Require log.event and dag.is_stale

-- upgrade

-- @batch
UPDATE log SET event = '' WHERE event IS NULL;
-- @batch
UPDATE dag SET is_stale = false WHERE is_stale IS NULL;
ALTER TABLE log ALTER COLUMN event SET NOT NULL;
ALTER TABLE dag ALTER COLUMN is_stale SET NOT NULL;

-- downgrade

ALTER TABLE log ALTER COLUMN event DROP NOT NULL;
ALTER TABLE dag ALTER COLUMN is_stale DROP NOT NULL;
