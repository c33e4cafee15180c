-- revision: 587bdf053233
-- down_revision: c381b21cb7e4
-- version: 2.2.4
-- title: Add index for ``dag_id`` column in ``job`` table

-- upgrade

CREATE INDEX idx_job_dag_id ON job (dag_id);

-- downgrade

DROP INDEX idx_job_dag_id;
