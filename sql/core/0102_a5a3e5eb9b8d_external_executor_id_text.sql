-- revision: a5a3e5eb9b8d
-- down_revision: 55297ae24532
-- version: 3.2.0
-- title: Widen external_executor_id to text

-- upgrade

ALTER TABLE task_instance ALTER COLUMN external_executor_id TYPE text;
ALTER TABLE task_instance_history ALTER COLUMN external_executor_id TYPE text;

-- downgrade

-- On PostgreSQL longer values are cut off; MySQL's strict mode refuses them.
-- @only postgres
ALTER TABLE task_instance_history ALTER COLUMN external_executor_id TYPE string(250) USING left(external_executor_id, 250);
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN external_executor_id TYPE string(250) USING left(external_executor_id, 250);
-- @only mysql
ALTER TABLE task_instance_history ALTER COLUMN external_executor_id TYPE string(250);
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN external_executor_id TYPE string(250);
