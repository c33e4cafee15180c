-- revision: 4446e08588
-- down_revision: 561833c1c74b
-- version: 1.6.2
-- title: Add ``start_date`` and ``end_date`` in ``dag_run`` table

-- upgrade

ALTER TABLE dag_run ADD COLUMN end_date naive_timestamp;
ALTER TABLE dag_run ADD COLUMN start_date naive_timestamp;

-- downgrade

ALTER TABLE dag_run DROP COLUMN start_date;
ALTER TABLE dag_run DROP COLUMN end_date;
