-- revision: f23433877c24
-- down_revision: 05f30312d566
-- version: 1.10.0
-- title: Fix MySQL not null constraint

-- upgrade

-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date SET NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp SET NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date SET NOT NULL;

-- downgrade

-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date DROP NOT NULL;
