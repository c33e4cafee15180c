-- revision: c804e5c76e3e
-- down_revision: 98ae134e6fff
-- version: 2.6.2
-- title: Add ``onupdate`` cascade to ``task_map`` table

-- upgrade

ALTER TABLE task_map DROP CONSTRAINT task_map_task_instance_fkey;
ALTER TABLE task_map ADD CONSTRAINT task_map_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON UPDATE CASCADE ON DELETE CASCADE;

-- downgrade

ALTER TABLE task_map DROP CONSTRAINT task_map_task_instance_fkey;
ALTER TABLE task_map ADD CONSTRAINT task_map_task_instance_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index)
    REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;
