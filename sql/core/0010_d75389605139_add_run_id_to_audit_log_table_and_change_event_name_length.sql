-- revision: d75389605139
-- down_revision: 1fd565369930
-- version: 2.9.0
-- title: Add run_id to (Audit) log table and increase event name length

-- upgrade

ALTER TABLE log ADD COLUMN run_id string_id(250);
ALTER TABLE log ALTER COLUMN event TYPE string(60);

-- downgrade

ALTER TABLE log DROP COLUMN run_id;
ALTER TABLE log ALTER COLUMN event TYPE string(30);
