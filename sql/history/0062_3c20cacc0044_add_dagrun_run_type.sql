-- revision: 3c20cacc0044
-- down_revision: b25a55525161
-- version: 2.0.0
-- title: Add ``run_type`` column in ``dag_run`` table

-- upgrade

-- @unless column run_type on dag_run
ALTER TABLE dag_run ADD COLUMN run_type string(50);
-- The underscores stand for any character, as they do in Airflow's own statement. Rows that have a type keep it.
-- @batch
UPDATE dag_run SET run_type = CASE
    WHEN run_id LIKE 'backfill__%' THEN 'backfill'
    WHEN run_id LIKE 'scheduled__%' THEN 'scheduled'
    WHEN run_id LIKE 'dataset_triggered__%' THEN 'dataset_triggered'
    ELSE 'manual' END
WHERE run_type IS NULL;
ALTER TABLE dag_run ALTER COLUMN run_type SET NOT NULL;

-- downgrade

ALTER TABLE dag_run DROP COLUMN run_type;
