-- revision: 888b59e02a5b
-- down_revision: 6222ce48e289
-- version: 3.2.0
-- title: Require what the models require

-- upgrade

-- @batch
UPDATE connection SET is_encrypted = false WHERE is_encrypted IS NULL;
-- @batch
UPDATE connection SET is_extra_encrypted = false WHERE is_extra_encrypted IS NULL;
-- @batch
UPDATE dag SET is_paused = false WHERE is_paused IS NULL;
-- @batch
UPDATE slot_pool SET slots = 0 WHERE slots IS NULL;
-- @batch
UPDATE task_instance SET try_number = 0 WHERE try_number IS NULL;
-- @batch
UPDATE task_instance SET max_tries = -1 WHERE max_tries IS NULL;
-- @batch
UPDATE variable SET val = '' WHERE val IS NULL;
-- @batch
UPDATE variable SET is_encrypted = false WHERE is_encrypted IS NULL;
-- @batch
UPDATE variable SET key = '__airflow_var_fix_888b59e02a5b_' || id WHERE key IS NULL;
ALTER TABLE connection ALTER COLUMN is_encrypted SET NOT NULL;
ALTER TABLE connection ALTER COLUMN is_extra_encrypted SET NOT NULL;
ALTER TABLE dag ALTER COLUMN is_paused SET NOT NULL;
ALTER TABLE slot_pool ALTER COLUMN slots SET NOT NULL;
ALTER TABLE task_instance ALTER COLUMN try_number SET NOT NULL;
ALTER TABLE task_instance ALTER COLUMN max_tries SET NOT NULL;
ALTER TABLE variable ALTER COLUMN key SET NOT NULL;
-- The real revision names the type as that of an id, whose collation it then gets.
-- @only mysql
ALTER TABLE variable ALTER COLUMN key TYPE string_id(250);
ALTER TABLE variable ALTER COLUMN val SET NOT NULL;
ALTER TABLE variable ALTER COLUMN is_encrypted SET NOT NULL;

-- downgrade

-- What was NULL is not known any more.
ALTER TABLE variable ALTER COLUMN is_encrypted DROP NOT NULL;
ALTER TABLE variable ALTER COLUMN val DROP NOT NULL;
ALTER TABLE variable ALTER COLUMN key DROP NOT NULL;
ALTER TABLE task_instance ALTER COLUMN max_tries DROP NOT NULL;
ALTER TABLE task_instance ALTER COLUMN try_number DROP NOT NULL;
ALTER TABLE slot_pool ALTER COLUMN slots DROP NOT NULL;
ALTER TABLE dag ALTER COLUMN is_paused DROP NOT NULL;
ALTER TABLE connection ALTER COLUMN is_extra_encrypted DROP NOT NULL;
ALTER TABLE connection ALTER COLUMN is_encrypted DROP NOT NULL;
