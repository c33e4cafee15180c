-- revision: 0e9519b56710
-- down_revision: ec62e120484d
-- version: 3.0.0
-- title: Rename the run type dataset_triggered to asset_triggered

-- upgrade

-- @batch
UPDATE dag_run SET run_type = 'asset_triggered' WHERE run_type = 'dataset_triggered';

-- downgrade

-- @batch
UPDATE dag_run SET run_type = 'dataset_triggered' WHERE run_type = 'asset_triggered';
