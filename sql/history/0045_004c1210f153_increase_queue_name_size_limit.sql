-- revision: 004c1210f153
-- down_revision: 939bb1e647c8
-- version: 1.10.4
-- title: Increase queue name size limit

-- upgrade

ALTER TABLE task_instance ALTER COLUMN queue TYPE string(256);

-- downgrade

ALTER TABLE task_instance ALTER COLUMN queue TYPE string(50);
