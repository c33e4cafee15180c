-- revision: f7bf2a57d0a6
-- down_revision: 375a816bbbf4
-- version: 2.8.0
-- title: Add owner_display_name to (Audit) Log table

-- upgrade

ALTER TABLE log ADD COLUMN owner_display_name string(500);

-- downgrade

ALTER TABLE log DROP COLUMN owner_display_name;
