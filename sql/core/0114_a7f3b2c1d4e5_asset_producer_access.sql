-- revision: a7f3b2c1d4e5
-- down_revision: b8f3e4a1d2c9
-- version: 3.3.0
-- title: Say which teams may produce for a scheduled asset

-- upgrade

ALTER TABLE dag_schedule_asset_reference ADD COLUMN allow_producer_teams json_document;
ALTER TABLE dag_schedule_asset_reference ADD COLUMN allow_global_producers boolean DEFAULT true NOT NULL;

-- downgrade

ALTER TABLE dag_schedule_asset_reference DROP COLUMN allow_global_producers;
ALTER TABLE dag_schedule_asset_reference DROP COLUMN allow_producer_teams;
