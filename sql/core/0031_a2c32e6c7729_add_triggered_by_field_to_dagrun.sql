-- revision: a2c32e6c7729
-- down_revision: 0bfc26bc256e
-- version: 3.0.0
-- title: Add triggered_by field to DagRun

-- upgrade

-- An enumeration in Airflow's model, plain text with no check in the database.
ALTER TABLE dag_run ADD COLUMN triggered_by string(50);

-- downgrade

ALTER TABLE dag_run DROP COLUMN triggered_by;
