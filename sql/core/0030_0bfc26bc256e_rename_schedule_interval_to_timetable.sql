-- revision: 0bfc26bc256e
-- down_revision: d0f1c55954fa
-- version: 3.0.0
-- title: Rename DagModel schedule_interval to timetable_summary

-- upgrade

ALTER TABLE dag ALTER COLUMN schedule_interval DROP NOT NULL;
ALTER TABLE dag ALTER COLUMN schedule_interval TYPE text;
ALTER TABLE dag RENAME COLUMN schedule_interval TO timetable_summary;

-- downgrade

ALTER TABLE dag ALTER COLUMN timetable_summary DROP NOT NULL;
ALTER TABLE dag ALTER COLUMN timetable_summary TYPE text;
ALTER TABLE dag RENAME COLUMN timetable_summary TO schedule_interval;
-- 2.x keeps a serialised interval here, which a summary is not; the scheduler fills it in again.
-- @batch
UPDATE dag SET schedule_interval = NULL;
