-- revision: ecb43d2a1842
-- down_revision: 1486deb605b4
-- version: 2.4.0
-- title: Add processor_subdir column to DagModel, SerializedDagModel and CallbackRequest tables

-- upgrade

-- @only postgres
ALTER TABLE dag ADD COLUMN processor_subdir string(2000);
-- @only mysql
ALTER TABLE dag ADD COLUMN processor_subdir text;
-- @only postgres
ALTER TABLE serialized_dag ADD COLUMN processor_subdir string(2000);
-- @only mysql
ALTER TABLE serialized_dag ADD COLUMN processor_subdir text;
ALTER TABLE callback_request DROP COLUMN dag_directory;
-- @only postgres
ALTER TABLE callback_request ADD COLUMN processor_subdir string(2000);
-- @only mysql
ALTER TABLE callback_request ADD COLUMN processor_subdir text;

-- downgrade

ALTER TABLE dag DROP COLUMN processor_subdir;
ALTER TABLE serialized_dag DROP COLUMN processor_subdir;
ALTER TABLE callback_request DROP COLUMN processor_subdir;
-- @only postgres
ALTER TABLE callback_request ADD COLUMN dag_directory string(1000);
-- @only mysql
ALTER TABLE callback_request ADD COLUMN dag_directory text;
