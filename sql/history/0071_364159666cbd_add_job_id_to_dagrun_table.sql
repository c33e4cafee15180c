-- revision: 364159666cbd
-- down_revision: 52d53670a240
-- version: 2.0.0
-- title: Add ``creating_job_id`` to ``DagRun`` table

-- upgrade

ALTER TABLE dag_run ADD COLUMN creating_job_id integer;

-- downgrade

ALTER TABLE dag_run DROP COLUMN creating_job_id;
