-- revision: 786e3737b18f
-- down_revision: 5e3ec427fdd3
-- version: 2.3.0
-- title: Add ``timetable_description`` column to DagModel for UI

-- upgrade

ALTER TABLE dag ADD COLUMN timetable_description string(1000);

-- downgrade

ALTER TABLE dag DROP COLUMN timetable_description;
