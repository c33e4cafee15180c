-- revision: 092435bf5d12
-- down_revision: 97cdd93827b8
-- version: 2.1.4
-- title: Add ``max_active_runs`` column to ``dag_model`` table

-- upgrade

ALTER TABLE dag ADD COLUMN max_active_runs integer;
CREATE INDEX idx_dag_run_dag_id ON dag_run (dag_id);
-- @only postgres
CREATE INDEX idx_dag_run_running_dags ON dag_run (state, dag_id) WHERE state = 'running';
-- @only mysql
CREATE INDEX idx_dag_run_running_dags ON dag_run (state, dag_id);

-- downgrade

ALTER TABLE dag DROP COLUMN max_active_runs;
DROP INDEX idx_dag_run_dag_id;
DROP INDEX idx_dag_run_running_dags;
