-- revision: 8646922c8a04
-- down_revision: 449b4072c2da
-- version: 2.0.2
-- title: Change default ``pool_slots`` to ``1``

-- upgrade

-- @batch
UPDATE task_instance SET pool_slots = 1 WHERE pool_slots IS NULL;
ALTER TABLE task_instance ALTER COLUMN pool_slots SET DEFAULT 1;
ALTER TABLE task_instance ALTER COLUMN pool_slots SET NOT NULL;

-- downgrade

ALTER TABLE task_instance ALTER COLUMN pool_slots DROP NOT NULL;
ALTER TABLE task_instance ALTER COLUMN pool_slots DROP DEFAULT;
