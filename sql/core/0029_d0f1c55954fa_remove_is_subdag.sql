-- revision: d0f1c55954fa
-- down_revision: 044f740568ec
-- version: 3.0.0
-- title: Remove SubDAGs: is_subdag & root_dag_id columns from DAG table

-- upgrade

ALTER TABLE dag DROP COLUMN is_subdag;
DROP INDEX idx_root_dag_id;
ALTER TABLE dag DROP COLUMN root_dag_id;

-- downgrade

ALTER TABLE dag ADD COLUMN is_subdag boolean;
ALTER TABLE dag ADD COLUMN root_dag_id string_id(250);
CREATE INDEX idx_root_dag_id ON dag (root_dag_id);
