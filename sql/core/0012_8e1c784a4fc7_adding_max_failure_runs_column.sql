-- revision: 8e1c784a4fc7
-- down_revision: ab34f260b71c
-- version: 2.9.0
-- title: Add max_consecutive_failed_dag_runs column to dag_model table

-- upgrade

ALTER TABLE dag ADD COLUMN max_consecutive_failed_dag_runs integer;

-- downgrade

ALTER TABLE dag DROP COLUMN max_consecutive_failed_dag_runs;
