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
ALTER TABLE task_reschedule ADD CONSTRAINT task_reschedule_dag_task_date_fkey FOREIGN KEY (task_id, dag_id, execution_date)
    REFERENCES task_instance (task_id, dag_id, execution_date);
