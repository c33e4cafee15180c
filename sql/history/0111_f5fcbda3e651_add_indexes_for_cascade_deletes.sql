-- revision: f5fcbda3e651
-- down_revision: 3c94c427fdf6
-- version: 2.3.3
-- title: Add indexes for CASCADE deletes on task_instance

-- upgrade

-- @unless index idx_task_fail_task_instance on task_fail
CREATE INDEX idx_task_fail_task_instance ON task_fail (dag_id, task_id, run_id, map_index);
-- @unless index idx_task_reschedule_dag_run on task_reschedule
CREATE INDEX idx_task_reschedule_dag_run ON task_reschedule (dag_id, run_id);
-- @unless index idx_xcom_task_instance on xcom
CREATE INDEX idx_xcom_task_instance ON xcom (dag_id, task_id, run_id, map_index);

-- downgrade

-- MySQL needs them for its foreign keys.
-- @only postgres
DROP INDEX idx_xcom_task_instance;
-- @only postgres
DROP INDEX idx_task_reschedule_dag_run;
-- @only postgres
DROP INDEX idx_task_fail_task_instance;
