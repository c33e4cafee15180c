-- revision: 90d1635d7b86
-- down_revision: 2e42bb497a22
-- version: 2.1.0
-- title: Increase maximum length of pool name in ``task_instance`` table to ``256`` characters

-- upgrade

ALTER TABLE task_instance ALTER COLUMN pool TYPE string(256);

-- downgrade

ALTER TABLE task_instance ALTER COLUMN pool TYPE string(50);
