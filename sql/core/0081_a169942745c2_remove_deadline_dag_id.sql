-- revision: a169942745c2
-- down_revision: 808787349f22
-- version: 3.1.0
-- title: Remove deadline.dag_id

-- upgrade

ALTER TABLE deadline DROP CONSTRAINT deadline_dag_id_fkey;
ALTER TABLE deadline DROP COLUMN dag_id;

-- downgrade

ALTER TABLE deadline ADD COLUMN dag_id string_id(250);
ALTER TABLE deadline ADD CONSTRAINT deadline_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE;
