-- revision: 939bb1e647c8
-- down_revision: dd4ecb8fbee3
-- version: 1.10.3
-- title: task reschedule foreign key on cascade delete

-- upgrade

ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_dag_task_date_fkey;
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dag_task_date_fkey FOREIGN KEY (task_id, dag_id, execution_date)
    REFERENCES task_instance (task_id, dag_id, execution_date) ON DELETE CASCADE;

-- downgrade

ALTER TABLE task_reschedule DROP CONSTRAINT task_reschedule_dag_task_date_fkey;
-- Where the database has been at 2.2, the index of this name is one on other columns, and Airflow's own fails.
-- @only mysql
-- @if index task_reschedule_dag_task_date_fkey on task_reschedule
DROP INDEX task_reschedule_dag_task_date_fkey;
-- Nor has its primary key the order of these columns any more, which MySQL wants.
-- @only mysql
CALL drop_primary_key('task_instance');
-- @only mysql
ALTER TABLE task_instance ADD CONSTRAINT task_instance_pkey PRIMARY KEY (task_id, dag_id, execution_date);
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dag_task_date_fkey FOREIGN KEY (task_id, dag_id, execution_date)
    REFERENCES task_instance (task_id, dag_id, execution_date);
