-- revision: dd5f3a8e2b91
-- down_revision: c20871fbf23a
-- version: 3.3.0
-- title: Add asset_partition_dag_run.rollup_fingerprint, and index the key log by run

-- upgrade

ALTER TABLE asset_partition_dag_run ADD COLUMN rollup_fingerprint json_document;
CREATE INDEX idx_pakl_apdr_id ON partitioned_asset_key_log (asset_partition_dag_run_id);

-- downgrade

DROP INDEX idx_pakl_apdr_id;
ALTER TABLE asset_partition_dag_run DROP COLUMN rollup_fingerprint;
