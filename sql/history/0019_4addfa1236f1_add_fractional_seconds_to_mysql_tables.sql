-- revision: 4addfa1236f1
-- down_revision: f2ca10b85618
-- version: 1.7.1.3
-- title: Add fractional seconds to MySQL tables

-- upgrade

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
-- MySQL's MODIFY without NOT NULL took it away here; f23433877c24 brings it back.
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date DROP NOT NULL;

-- downgrade

-- @only mysql
ALTER TABLE dag ALTER COLUMN last_scheduler_run TYPE naive_timestamp;
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_pickled TYPE naive_timestamp;
-- @only mysql
ALTER TABLE dag ALTER COLUMN last_expired TYPE naive_timestamp;
-- @only mysql
ALTER TABLE dag_pickle ALTER COLUMN created_dttm TYPE naive_timestamp;
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN execution_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN start_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE dag_run ALTER COLUMN end_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE import_error ALTER COLUMN timestamp TYPE naive_timestamp;
-- @only mysql
ALTER TABLE job ALTER COLUMN start_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE job ALTER COLUMN end_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE job ALTER COLUMN latest_heartbeat TYPE naive_timestamp;
-- @only mysql
ALTER TABLE log ALTER COLUMN dttm TYPE naive_timestamp;
-- @only mysql
ALTER TABLE log ALTER COLUMN execution_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE sla_miss ALTER COLUMN execution_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE sla_miss ALTER COLUMN timestamp TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN start_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN end_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN execution_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN start_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN end_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_instance ALTER COLUMN queued_dttm TYPE naive_timestamp;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp TYPE naive_timestamp;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date TYPE naive_timestamp;
-- @only mysql
ALTER TABLE task_fail ALTER COLUMN execution_date DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN timestamp DROP NOT NULL;
-- @only mysql
ALTER TABLE xcom ALTER COLUMN execution_date DROP NOT NULL;
