-- revision: 2e541a1dcfed
-- down_revision: 1b38cef5b76e
-- version: 1.6.0
-- title: Change ``task_instance.task_duration`` type to ``FLOAT``

-- upgrade

ALTER TABLE task_instance ALTER COLUMN duration TYPE float;

-- downgrade

-- Nothing: the fractions would be lost.
