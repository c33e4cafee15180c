-- revision: 27c6a30d7c24
-- down_revision: 33ae817a1ff4
-- version: 1.10.0
-- title: Add ``executor_config`` column to ``task_instance`` table

-- upgrade

ALTER TABLE task_instance ADD COLUMN executor_config binary;

-- downgrade

ALTER TABLE task_instance DROP COLUMN executor_config;
