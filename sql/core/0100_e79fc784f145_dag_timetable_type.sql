-- revision: e79fc784f145
-- down_revision: 0b112f49112d
-- version: 3.2.0
-- title: Add dag.timetable_type

-- upgrade

ALTER TABLE dag ADD COLUMN timetable_type string(255);
-- @batch
UPDATE dag SET timetable_type = '' WHERE timetable_type IS NULL;
ALTER TABLE dag ALTER COLUMN timetable_type SET NOT NULL;

-- downgrade

ALTER TABLE dag DROP COLUMN timetable_type;
