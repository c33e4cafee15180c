-- revision: 5c9c0231baa2
-- down_revision: 237cef8dfea1
-- version: 3.0.0
-- title: Remove processor_subdir

-- upgrade

ALTER TABLE callback_request DROP COLUMN processor_subdir;
ALTER TABLE dag DROP COLUMN processor_subdir;
ALTER TABLE import_error DROP COLUMN processor_subdir;
ALTER TABLE serialized_dag DROP COLUMN processor_subdir;

-- downgrade

ALTER TABLE serialized_dag ADD COLUMN processor_subdir string(2000);
ALTER TABLE import_error ADD COLUMN processor_subdir string(2000);
ALTER TABLE dag ADD COLUMN processor_subdir string(2000);
ALTER TABLE callback_request ADD COLUMN processor_subdir string(2000);
