-- revision: 6e96a59344a4
-- down_revision: 939bb1e647c8
-- version: 1.10.4
-- title: Make ``TaskInstance.pool`` not nullable

-- upgrade

-- @batch
UPDATE task_instance SET pool = 'default_pool' WHERE pool IS NULL;
ALTER TABLE task_instance ALTER COLUMN pool SET NOT NULL;

-- downgrade

ALTER TABLE task_instance ALTER COLUMN pool DROP NOT NULL;
-- @batch
UPDATE task_instance SET pool = NULL WHERE pool = 'default_pool';
