-- revision: 0242ac120002
-- down_revision: dfee8bd5d574
-- version: 3.1.0
-- title: Make deadline.deadline a UTC timestamp named deadline_time

-- upgrade

DROP INDEX deadline_idx;
ALTER TABLE deadline ALTER COLUMN deadline TYPE utc_timestamp;
ALTER TABLE deadline RENAME COLUMN deadline TO deadline_time;
CREATE INDEX deadline_time_idx ON deadline (deadline_time);

-- downgrade

DROP INDEX deadline_time_idx;
ALTER TABLE deadline ALTER COLUMN deadline_time TYPE naive_timestamp;
ALTER TABLE deadline RENAME COLUMN deadline_time TO deadline;
CREATE INDEX deadline_idx ON deadline (deadline);
