-- revision: cc1e65623dc7
-- down_revision: 127d2bf2dfa7
-- version: 1.8.2
-- title: Add ``max_tries`` column to ``task_instance``

-- upgrade

ALTER TABLE task_instance ADD COLUMN max_tries integer DEFAULT -1;
-- Airflow looks for the task in the DAG files, takes its `retries` where it finds some, and the tries made so far
-- otherwise. The files are not in the database, so it is the latter for all: no old task is tried again.
-- @batch
UPDATE task_instance SET max_tries = try_number;

-- downgrade

-- As where Airflow does not find the task in the DAG files.
-- @batch
UPDATE task_instance SET try_number = 0 WHERE max_tries <> -1;
ALTER TABLE task_instance DROP COLUMN max_tries;
