-- revision: bbc73705a13e
-- down_revision: 4446e08588
-- version: 1.7.0
-- title: Add ``notification_sent`` column to ``sla_miss`` table

-- upgrade

ALTER TABLE sla_miss ADD COLUMN notification_sent boolean;

-- downgrade

ALTER TABLE sla_miss DROP COLUMN notification_sent;
