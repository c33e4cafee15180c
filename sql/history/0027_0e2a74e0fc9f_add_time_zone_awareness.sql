-- revision: 0e2a74e0fc9f
-- down_revision: d2ae31099d61
-- version: 1.10.0
-- title: Add time zone awareness

-- upgrade

-- What is stored is UTC, whatever the time zone of the session or of the server.
-- @only postgres
ALTER TABLE chart ALTER COLUMN last_modified TYPE utc_timestamp USING last_modified AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag ALTER COLUMN last_scheduler_run TYPE utc_timestamp USING last_scheduler_run AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag ALTER COLUMN last_pickled TYPE utc_timestamp USING last_pickled AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag ALTER COLUMN last_expired TYPE utc_timestamp USING last_expired AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_pickle ALTER COLUMN created_dttm TYPE utc_timestamp USING created_dttm AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_run ALTER COLUMN execution_date TYPE utc_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_run ALTER COLUMN start_date TYPE utc_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_run ALTER COLUMN end_date TYPE utc_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE import_error ALTER COLUMN timestamp TYPE utc_timestamp USING timestamp AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE job ALTER COLUMN start_date TYPE utc_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE job ALTER COLUMN end_date TYPE utc_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE job ALTER COLUMN latest_heartbeat TYPE utc_timestamp USING latest_heartbeat AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE log ALTER COLUMN dttm TYPE utc_timestamp USING dttm AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE log ALTER COLUMN execution_date TYPE utc_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE sla_miss ALTER COLUMN execution_date TYPE utc_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE sla_miss ALTER COLUMN timestamp TYPE utc_timestamp USING timestamp AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_fail ALTER COLUMN execution_date TYPE utc_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_fail ALTER COLUMN start_date TYPE utc_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_fail ALTER COLUMN end_date TYPE utc_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN execution_date TYPE utc_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN start_date TYPE utc_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN end_date TYPE utc_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN queued_dttm TYPE utc_timestamp USING queued_dttm AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE xcom ALTER COLUMN timestamp TYPE utc_timestamp USING timestamp AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE xcom ALTER COLUMN execution_date TYPE utc_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only mysql
ALTER TABLE chart ALTER COLUMN last_modified TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_scheduler_run TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_pickled TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_expired TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag_pickle ALTER COLUMN created_dttm TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN execution_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN start_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN end_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE import_error ALTER COLUMN timestamp TYPE utc_timestamp;
-- @only mysql
ALTER TABLE job ALTER COLUMN start_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE job ALTER COLUMN end_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE job ALTER COLUMN latest_heartbeat TYPE utc_timestamp;
-- @only mysql
ALTER TABLE log ALTER COLUMN dttm TYPE utc_timestamp;
-- @only mysql
ALTER TABLE log ALTER COLUMN execution_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE sla_miss ALTER COLUMN execution_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE sla_miss ALTER COLUMN timestamp TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN start_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN end_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN execution_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN start_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN end_date TYPE utc_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN queued_dttm TYPE utc_timestamp;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp TYPE utc_timestamp;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date TYPE utc_timestamp;

-- downgrade

-- @only postgres
ALTER TABLE chart ALTER COLUMN last_modified TYPE naive_timestamp USING last_modified AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag ALTER COLUMN last_scheduler_run TYPE naive_timestamp USING last_scheduler_run AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag ALTER COLUMN last_pickled TYPE naive_timestamp USING last_pickled AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag ALTER COLUMN last_expired TYPE naive_timestamp USING last_expired AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_pickle ALTER COLUMN created_dttm TYPE naive_timestamp USING created_dttm AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_run ALTER COLUMN execution_date TYPE naive_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_run ALTER COLUMN start_date TYPE naive_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE dag_run ALTER COLUMN end_date TYPE naive_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE import_error ALTER COLUMN timestamp TYPE naive_timestamp USING timestamp AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE job ALTER COLUMN start_date TYPE naive_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE job ALTER COLUMN end_date TYPE naive_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE job ALTER COLUMN latest_heartbeat TYPE naive_timestamp USING latest_heartbeat AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE log ALTER COLUMN dttm TYPE naive_timestamp USING dttm AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE log ALTER COLUMN execution_date TYPE naive_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE sla_miss ALTER COLUMN execution_date TYPE naive_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE sla_miss ALTER COLUMN timestamp TYPE naive_timestamp USING timestamp AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_fail ALTER COLUMN execution_date TYPE naive_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_fail ALTER COLUMN start_date TYPE naive_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_fail ALTER COLUMN end_date TYPE naive_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN execution_date TYPE naive_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN start_date TYPE naive_timestamp USING start_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN end_date TYPE naive_timestamp USING end_date AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE task_instance ALTER COLUMN queued_dttm TYPE naive_timestamp USING queued_dttm AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE xcom ALTER COLUMN timestamp TYPE naive_timestamp USING timestamp AT TIME ZONE 'UTC';
-- @only postgres
ALTER TABLE xcom ALTER COLUMN execution_date TYPE naive_timestamp USING execution_date AT TIME ZONE 'UTC';
-- @only mysql
ALTER TABLE chart ALTER COLUMN last_modified TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_scheduler_run TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_pickled TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_expired TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag_pickle ALTER COLUMN created_dttm TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN execution_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN start_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN end_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE import_error ALTER COLUMN timestamp TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE job ALTER COLUMN start_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE job ALTER COLUMN end_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE job ALTER COLUMN latest_heartbeat TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE log ALTER COLUMN dttm TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE log ALTER COLUMN execution_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE sla_miss ALTER COLUMN execution_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE sla_miss ALTER COLUMN timestamp TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN start_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN end_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN execution_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN start_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN end_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN queued_dttm TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date TYPE naive_timestamp(6);
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date DROP NOT NULL;
