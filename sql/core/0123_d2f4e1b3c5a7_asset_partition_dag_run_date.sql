-- revision: d2f4e1b3c5a7
-- down_revision: 9ff64e1c35d3
-- version: 3.3.0
-- title: Add asset_partition_dag_run.partition_date

-- upgrade

ALTER TABLE asset_partition_dag_run ADD COLUMN partition_date utc_timestamp;

-- downgrade

ALTER TABLE asset_partition_dag_run DROP COLUMN partition_date;
