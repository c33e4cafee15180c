-- revision: c9d4e5f6a7b8
-- down_revision: a7e6d4c3b2f1
-- version: 3.3.0
-- title: Say which teams may consume an asset

-- upgrade

ALTER TABLE task_outlet_asset_reference ADD COLUMN allow_consumer_teams json_document;
ALTER TABLE task_outlet_asset_reference ADD COLUMN allow_global_consumers boolean DEFAULT true NOT NULL;

-- downgrade

ALTER TABLE task_outlet_asset_reference DROP COLUMN allow_global_consumers;
ALTER TABLE task_outlet_asset_reference DROP COLUMN allow_consumer_teams;
