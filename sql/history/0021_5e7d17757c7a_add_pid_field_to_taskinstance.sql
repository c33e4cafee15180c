-- revision: 5e7d17757c7a
-- down_revision: 8504051e801b
-- version: 1.7.1.3
-- title: Add ``pid`` field to ``TaskInstance``

-- upgrade

ALTER TABLE task_instance ADD COLUMN pid integer;

-- downgrade

ALTER TABLE task_instance DROP COLUMN pid;
