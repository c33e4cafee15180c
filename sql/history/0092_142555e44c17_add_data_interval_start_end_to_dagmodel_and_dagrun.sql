-- revision: 142555e44c17
-- down_revision: 54bebd308c5f
-- version: 2.2.0
-- title: Add data_interval_[start|end] to DagModel and DagRun

-- upgrade

ALTER TABLE dag_run ADD COLUMN data_interval_start utc_timestamp;
ALTER TABLE dag_run ADD COLUMN data_interval_end utc_timestamp;
ALTER TABLE dag ADD COLUMN next_dagrun_data_interval_start utc_timestamp;
ALTER TABLE dag ADD COLUMN next_dagrun_data_interval_end utc_timestamp;

-- downgrade

ALTER TABLE dag_run DROP COLUMN data_interval_start;
ALTER TABLE dag_run DROP COLUMN data_interval_end;
ALTER TABLE dag DROP COLUMN next_dagrun_data_interval_start;
ALTER TABLE dag DROP COLUMN next_dagrun_data_interval_end;
