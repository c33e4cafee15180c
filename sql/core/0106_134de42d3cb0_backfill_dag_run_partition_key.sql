-- revision: 134de42d3cb0
-- down_revision: e42d9fcd10d9
-- version: 3.2.0
-- title: Add backfill_dag_run.partition_key and dag_run.created_at

-- upgrade

ALTER TABLE dag_run ADD COLUMN created_at utc_timestamp;
ALTER TABLE backfill_dag_run ADD COLUMN partition_key string_id(250);
ALTER TABLE backfill_dag_run ALTER COLUMN logical_date DROP NOT NULL;
-- Airflow's own loses the fraction there.
-- @only mysql
ALTER TABLE backfill_dag_run ALTER COLUMN logical_date TYPE utc_timestamp(0);

-- downgrade

DELETE FROM backfill_dag_run WHERE logical_date IS NULL;
ALTER TABLE backfill_dag_run ALTER COLUMN logical_date SET NOT NULL;
ALTER TABLE backfill_dag_run DROP COLUMN partition_key;
ALTER TABLE dag_run DROP COLUMN created_at;
