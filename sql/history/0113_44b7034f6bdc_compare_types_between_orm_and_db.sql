-- revision: 44b7034f6bdc
-- down_revision: 424117c37d18
-- version: 2.4.0
-- title: compare types between ORM and DB

-- upgrade

-- Airflow lets the session's time zone decide what the old values mean; its sessions are in UTC.
ALTER TABLE serialized_dag ALTER COLUMN dag_hash DROP DEFAULT;
-- @only postgres
ALTER TABLE trigger ALTER COLUMN created_date TYPE utc_timestamp USING created_date AT TIME ZONE 'UTC';
-- @only mysql
ALTER TABLE trigger ALTER COLUMN created_date TYPE utc_timestamp;

-- downgrade

-- @only postgres
ALTER TABLE log_template ALTER COLUMN created_at TYPE naive_timestamp USING created_at AT TIME ZONE 'UTC';
-- @only mysql
ALTER TABLE log_template ALTER COLUMN created_at TYPE naive_timestamp;
ALTER TABLE serialized_dag ALTER COLUMN dag_hash SET DEFAULT 'Hash not calculated yet';
-- @only postgres
ALTER TABLE trigger ALTER COLUMN created_date TYPE naive_timestamp USING created_date AT TIME ZONE 'UTC';
-- @only mysql
ALTER TABLE trigger ALTER COLUMN created_date TYPE naive_timestamp;
