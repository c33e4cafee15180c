-- revision: 9ff64e1c35d3
-- down_revision: dd5f3a8e2b91
-- version: 3.3.0
-- title: Index dag_run and task_instance by DAG version

-- upgrade

CREATE INDEX idx_dag_run_created_dag_version_id ON dag_run (created_dag_version_id);
CREATE INDEX ti_dag_version_id ON task_instance (dag_version_id);

-- downgrade

-- MySQL holds on to an index that serves a foreign key.
-- @only mysql
ALTER TABLE task_instance DROP CONSTRAINT task_instance_dag_version_id_fkey;
DROP INDEX ti_dag_version_id;
-- @only mysql
ALTER TABLE task_instance ADD CONSTRAINT task_instance_dag_version_id_fkey FOREIGN KEY (dag_version_id) REFERENCES dag_version (id) ON DELETE RESTRICT;
-- @only mysql
ALTER TABLE dag_run DROP CONSTRAINT created_dag_version_id_fkey;
DROP INDEX idx_dag_run_created_dag_version_id;
-- @only mysql
ALTER TABLE dag_run ADD CONSTRAINT created_dag_version_id_fkey FOREIGN KEY (created_dag_version_id) REFERENCES dag_version (id) ON DELETE SET NULL;
