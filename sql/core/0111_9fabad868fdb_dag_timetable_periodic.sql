-- revision: 9fabad868fdb
-- down_revision: a4c2d171ae18
-- version: 3.3.0
-- title: Add dag.timetable_periodic

-- upgrade

ALTER TABLE dag ADD COLUMN timetable_periodic boolean DEFAULT false NOT NULL;

-- downgrade

ALTER TABLE dag DROP COLUMN timetable_periodic;
