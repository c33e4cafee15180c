-- revision: 3a8972ecb8f9
-- down_revision: fb2d4922cd79
-- version: 3.0.0
-- title: Add exception_reason and logical_date to BackfillDagRun

-- upgrade

-- No default: Airflow fails here on a backfill made by a development version, and so do we.
ALTER TABLE backfill ADD COLUMN reprocess_behavior string(250) NOT NULL;
ALTER TABLE backfill_dag_run ADD COLUMN exception_reason string(250);
ALTER TABLE backfill_dag_run ADD COLUMN logical_date utc_timestamp NOT NULL;

-- downgrade

ALTER TABLE backfill DROP COLUMN reprocess_behavior;
ALTER TABLE backfill_dag_run DROP COLUMN logical_date;
ALTER TABLE backfill_dag_run DROP COLUMN exception_reason;
