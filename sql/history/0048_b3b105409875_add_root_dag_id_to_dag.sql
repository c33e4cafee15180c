-- revision: b3b105409875
-- down_revision: d38e04c12aa2
-- version: 1.10.7
-- title: Add ``root_dag_id`` to ``DAG``

-- upgrade

ALTER TABLE dag ADD COLUMN root_dag_id string_id(250);
CREATE INDEX idx_root_dag_id ON dag (root_dag_id);

-- downgrade

DROP INDEX idx_root_dag_id;
ALTER TABLE dag DROP COLUMN root_dag_id;
