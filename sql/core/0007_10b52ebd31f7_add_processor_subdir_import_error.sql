-- revision: 10b52ebd31f7
-- down_revision: bd5dfbe21f88
-- version: 2.8.0
-- title: Add processor_subdir to ImportError

-- upgrade

-- @only postgres
ALTER TABLE import_error ADD COLUMN processor_subdir string(2000);
-- @only mysql
ALTER TABLE import_error ADD COLUMN processor_subdir text;

-- downgrade

ALTER TABLE import_error DROP COLUMN processor_subdir;
