-- revision: 75d5ed6c2b43
-- down_revision: 909884dea523
-- version: 2.3.0
-- title: Add map_index to Log

-- upgrade

ALTER TABLE log ADD COLUMN map_index integer;

-- downgrade

ALTER TABLE log DROP COLUMN map_index;
