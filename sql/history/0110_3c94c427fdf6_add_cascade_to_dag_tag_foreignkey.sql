-- revision: 3c94c427fdf6
-- down_revision: 1de7bc13c950
-- version: 2.3.2
-- title: Add cascade to dag_tag foreign key

-- upgrade

CALL drop_foreign_keys('dag_tag', 'dag_id');
ALTER TABLE dag_tag ADD CONSTRAINT dag_tag_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;

-- downgrade

CALL drop_foreign_keys('dag_tag', 'dag_id');
ALTER TABLE dag_tag ADD CONSTRAINT dag_tag_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id);
