-- revision: 98271e7606e2
-- down_revision: bef4f3d11e8b
-- version: 2.0.0
-- title: Add ``scheduling_decision`` to ``DagRun`` and ``DAG``

-- upgrade

ALTER TABLE dag_run ADD COLUMN last_scheduling_decision utc_timestamp;
CREATE INDEX idx_last_scheduling_decision ON dag_run (last_scheduling_decision);
ALTER TABLE dag_run ADD COLUMN dag_hash string(32);
ALTER TABLE dag ADD COLUMN next_dagrun utc_timestamp;
ALTER TABLE dag ADD COLUMN next_dagrun_create_after utc_timestamp;
ALTER TABLE dag ADD COLUMN concurrency integer;
ALTER TABLE dag ADD COLUMN has_task_concurrency_limits boolean;
CREATE INDEX idx_next_dagrun_create_after ON dag (next_dagrun_create_after);
-- The scheduler's longer but always right way, until the DAG is parsed again.
UPDATE dag SET concurrency = setting('core', 'max_active_tasks_per_dag', '16')::integer, has_task_concurrency_limits = true;
ALTER TABLE dag ALTER COLUMN concurrency SET NOT NULL;
ALTER TABLE dag ALTER COLUMN has_task_concurrency_limits SET NOT NULL;

-- downgrade

DROP INDEX idx_last_scheduling_decision;
ALTER TABLE dag_run DROP COLUMN last_scheduling_decision;
ALTER TABLE dag_run DROP COLUMN dag_hash;
DROP INDEX idx_next_dagrun_create_after;
ALTER TABLE dag DROP COLUMN next_dagrun_create_after;
ALTER TABLE dag DROP COLUMN next_dagrun;
ALTER TABLE dag DROP COLUMN concurrency;
ALTER TABLE dag DROP COLUMN has_task_concurrency_limits;
