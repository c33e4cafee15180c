-- revision: 97cdd93827b8
-- down_revision: a13f7613ad25
-- version: 2.1.3
-- title: Add ``queued_at`` column in ``dag_run`` table

-- upgrade

ALTER TABLE dag_run ADD COLUMN queued_at utc_timestamp;

-- downgrade

ALTER TABLE dag_run DROP COLUMN queued_at;
