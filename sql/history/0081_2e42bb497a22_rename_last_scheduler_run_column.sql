-- revision: 2e42bb497a22
-- down_revision: 8646922c8a04
-- version: 2.0.2
-- title: Rename ``last_scheduler_run`` column in ``DAG`` table to ``last_parsed_time``

-- upgrade

ALTER TABLE dag RENAME COLUMN last_scheduler_run TO last_parsed_time;
-- Airflow's own loses the fraction there.
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_parsed_time TYPE utc_timestamp(0);

-- downgrade

ALTER TABLE dag RENAME COLUMN last_parsed_time TO last_scheduler_run;
