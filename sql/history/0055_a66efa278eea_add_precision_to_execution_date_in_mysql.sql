-- revision: a66efa278eea
-- down_revision: 952da73b5eff
-- version: 1.10.11
-- title: Add Precision to ``execution_date`` in ``RenderedTaskInstanceFields`` table

-- upgrade

-- @only mysql
ALTER TABLE rendered_task_instance_fields ALTER COLUMN execution_date TYPE utc_timestamp;

-- downgrade

-- Nothing: the fractions would be lost. Airflow takes them away on MySQL.
