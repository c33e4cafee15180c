-- revision: a4c2fd67d16b
-- down_revision: 7939bcff74ba
-- version: 1.10.10
-- title: Add ``pool_slots`` field to ``task_instance``

-- upgrade

ALTER TABLE task_instance ADD COLUMN pool_slots integer;

-- downgrade

ALTER TABLE task_instance DROP COLUMN pool_slots;
