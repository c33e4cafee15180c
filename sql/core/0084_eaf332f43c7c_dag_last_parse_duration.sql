-- revision: eaf332f43c7c
-- down_revision: a3c7f2b18d4e
-- version: 3.1.0
-- title: Add dag.last_parse_duration

-- upgrade

ALTER TABLE dag ADD COLUMN last_parse_duration float;

-- downgrade

ALTER TABLE dag DROP COLUMN last_parse_duration;
