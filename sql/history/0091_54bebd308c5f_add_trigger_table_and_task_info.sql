-- revision: 54bebd308c5f
-- down_revision: 30867afad44a
-- version: 2.2.0
-- title: Adds ``trigger`` table and deferrable operator columns to task instance

-- upgrade

-- Rows that lead to no run have no place in the keys that 7b2661a43ba3 makes. Airflow moves them out of the way before its
-- first revision; the tables have the same names here, and the columns of 2.1, hence here, before the tables get more.
-- What waits for such a task (task_reschedule) is lost there with the task; here it is moved as well.
-- @nonempty
CREATE TABLE _airflow_moved__2_2__dangling__dag_run AS
SELECT * FROM dag_run WHERE dag_id IS NULL OR run_id IS NULL OR execution_date IS NULL;
-- @if table _airflow_moved__2_2__dangling__dag_run
DELETE FROM dag_run WHERE dag_id IS NULL OR run_id IS NULL OR execution_date IS NULL;
-- @nonempty
CREATE TABLE _airflow_moved__2_2__dangling__task_reschedule AS
SELECT * FROM task_reschedule WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.execution_date = d.execution_date
    WHERE d.dag_id = task_reschedule.dag_id AND d.execution_date = task_reschedule.execution_date AND i.task_id = task_reschedule.task_id);
-- @if table _airflow_moved__2_2__dangling__task_reschedule
DELETE FROM task_reschedule WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d JOIN task_instance i ON i.dag_id = d.dag_id AND i.execution_date = d.execution_date
    WHERE d.dag_id = task_reschedule.dag_id AND d.execution_date = task_reschedule.execution_date AND i.task_id = task_reschedule.task_id);
-- @nonempty
CREATE TABLE _airflow_moved__2_2__dangling__task_instance AS
SELECT * FROM task_instance WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d WHERE d.dag_id = task_instance.dag_id AND d.execution_date = task_instance.execution_date);
-- @if table _airflow_moved__2_2__dangling__task_instance
DELETE FROM task_instance WHERE NOT EXISTS (
    SELECT 1 FROM dag_run d WHERE d.dag_id = task_instance.dag_id AND d.execution_date = task_instance.execution_date);

CREATE TABLE trigger (
    id           serial NOT NULL,
    classpath    string(1000) NOT NULL,
    kwargs       json_document NOT NULL,
    created_date naive_timestamp NOT NULL,
    triggerer_id integer,
    CONSTRAINT trigger_pkey PRIMARY KEY (id)
);
ALTER TABLE task_instance ADD COLUMN trigger_id integer;
ALTER TABLE task_instance ADD COLUMN trigger_timeout naive_timestamp;
ALTER TABLE task_instance ADD COLUMN next_method string(1000);
ALTER TABLE task_instance ADD COLUMN next_kwargs json_document;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id) ON DELETE CASCADE;
CREATE INDEX ti_trigger_id ON task_instance (trigger_id);

-- downgrade

ALTER TABLE task_instance DROP CONSTRAINT task_instance_trigger_id_fkey;
DROP INDEX ti_trigger_id;
ALTER TABLE task_instance DROP COLUMN trigger_id;
ALTER TABLE task_instance DROP COLUMN trigger_timeout;
ALTER TABLE task_instance DROP COLUMN next_method;
ALTER TABLE task_instance DROP COLUMN next_kwargs;
DROP TABLE trigger;
