-- revision: a66efa278eea
-- down_revision: 952da73b5eff
-- version: 1.10.11
-- title: Add Precision to ``execution_date`` in ``RenderedTaskInstanceFields`` table

-- upgrade

-- @only mysql
ALTER TABLE rendered_task_instance_fields ALTER COLUMN execution_date TYPE utc_timestamp;

-- downgrade

-- What a task rendered in the same second a moment before would have the same key.
-- @only mysql
DELETE FROM rendered_task_instance_fields r USING rendered_task_instance_fields later
WHERE later.dag_id = r.dag_id AND later.task_id = r.task_id AND later.execution_date > r.execution_date
    AND later.execution_date::utc_timestamp(0) = r.execution_date::utc_timestamp(0);
-- @only mysql
ALTER TABLE rendered_task_instance_fields ALTER COLUMN execution_date TYPE utc_timestamp(0);
