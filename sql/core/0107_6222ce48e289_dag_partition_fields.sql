-- revision: 6222ce48e289
-- down_revision: 134de42d3cb0
-- version: 3.2.0
-- title: Add the partition fields of dag and dag_run

-- upgrade

ALTER TABLE dag ADD COLUMN timetable_partitioned boolean DEFAULT false NOT NULL;
ALTER TABLE dag ADD COLUMN next_dagrun_partition_key string(255);
ALTER TABLE dag ADD COLUMN next_dagrun_partition_date utc_timestamp;
ALTER TABLE dag_run ADD COLUMN partition_date utc_timestamp;

-- downgrade

ALTER TABLE dag DROP COLUMN timetable_partitioned;
ALTER TABLE dag DROP COLUMN next_dagrun_partition_key;
ALTER TABLE dag DROP COLUMN next_dagrun_partition_date;
ALTER TABLE dag_run DROP COLUMN partition_date;
-- 3.1 derives run ids from other dates than 3.2: its scheduler must compute the next run itself or it would make a run id twice.
-- @batch
UPDATE dag SET next_dagrun = NULL, next_dagrun_create_after = NULL, next_dagrun_data_interval_start = NULL, next_dagrun_data_interval_end = NULL;
