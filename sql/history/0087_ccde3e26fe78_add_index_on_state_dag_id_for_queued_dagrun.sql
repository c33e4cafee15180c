-- revision: ccde3e26fe78
-- down_revision: 092435bf5d12
-- version: 2.1.4
-- title: Add index on state, dag_id for queued ``dagrun``

-- upgrade

-- @only postgres
CREATE INDEX idx_dag_run_queued_dags ON dag_run (state, dag_id) WHERE state = 'queued';
-- @only mysql
CREATE INDEX idx_dag_run_queued_dags ON dag_run (state, dag_id);

-- downgrade

DROP INDEX idx_dag_run_queued_dags;
