-- revision: 3ac9e5732b1f
-- down_revision: 0242ac120002
-- version: 3.1.0
-- title: Forbid deleting a DAG version that task instances use

-- upgrade

ALTER TABLE task_instance DROP CONSTRAINT task_instance_dag_version_id_fkey;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_dag_version_id_fkey FOREIGN KEY (dag_version_id)
    REFERENCES dag_version (id) ON DELETE RESTRICT;

-- downgrade

ALTER TABLE task_instance DROP CONSTRAINT task_instance_dag_version_id_fkey;
ALTER TABLE task_instance ADD CONSTRAINT task_instance_dag_version_id_fkey FOREIGN KEY (dag_version_id)
    REFERENCES dag_version (id) ON DELETE CASCADE;
