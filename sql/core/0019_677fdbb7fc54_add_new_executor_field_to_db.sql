-- revision: 677fdbb7fc54
-- down_revision: 0fd0c178cbe8
-- version: 2.10.0
-- title: Add new executor field to db

-- upgrade

ALTER TABLE task_instance ADD COLUMN executor string(1000);

-- downgrade

ALTER TABLE task_instance DROP COLUMN executor;
