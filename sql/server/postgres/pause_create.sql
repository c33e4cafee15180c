-- The memory of a pause: the DAGs that ran, and when each was given back. A schema of its own, because
-- the state of a migration comes and goes in between; a physical replica has it, too.
CREATE SCHEMA IF NOT EXISTS airshift_operator;
CREATE TABLE IF NOT EXISTS airshift_operator.pause (begun timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS airshift_operator.pause_dag (dag_id text PRIMARY KEY, unpaused timestamptz);
INSERT INTO airshift_operator.pause SELECT now() WHERE NOT EXISTS (SELECT FROM airshift_operator.pause);
