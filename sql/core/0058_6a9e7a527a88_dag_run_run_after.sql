-- revision: 6a9e7a527a88
-- down_revision: 33b04e4bfa19
-- version: 3.0.0
-- title: Add dag_run.run_after

-- upgrade

ALTER TABLE dag_run ADD COLUMN run_after utc_timestamp;
-- Runs too old to have a data interval take their logical date.
-- @batch
UPDATE dag_run SET run_after = coalesce(data_interval_end, logical_date);
ALTER TABLE dag_run ALTER COLUMN run_after SET NOT NULL;
CREATE INDEX idx_dag_run_run_after ON dag_run (run_after);

-- downgrade

DROP INDEX idx_dag_run_run_after;
ALTER TABLE dag_run DROP COLUMN run_after;
