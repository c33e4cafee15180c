-- revision: b25a55525161
-- down_revision: bbf4a7ad0465
-- version: 2.0.0
-- title: Increase length of pool name

-- upgrade

ALTER TABLE slot_pool ALTER COLUMN pool TYPE string_id(256);

-- downgrade

ALTER TABLE slot_pool ALTER COLUMN pool TYPE string(50);
