-- revision: 5f2621c13b39
-- down_revision: 22ed7efa9da2
-- version: 2.10.3
-- title: Rename dag_schedule_dataset_alias_reference constraint names

-- The models of 2.10.0 to 2.10.2 and the chain gave these foreign keys different names, so
-- either may be there.

-- upgrade

ALTER TABLE dag_schedule_dataset_alias_reference DROP CONSTRAINT IF EXISTS dsdar_dataset_fkey;
ALTER TABLE dag_schedule_dataset_alias_reference DROP CONSTRAINT IF EXISTS dsdar_dag_fkey;
-- @unless constraint dsdar_dataset_alias_fkey on dag_schedule_dataset_alias_reference
ALTER TABLE dag_schedule_dataset_alias_reference ADD CONSTRAINT dsdar_dataset_alias_fkey
    FOREIGN KEY (alias_id) REFERENCES dataset_alias (id) ON DELETE CASCADE;
-- On alias_id, not dag_id: Airflow's mistake, whose result is the reference.
-- @unless constraint dsdar_dag_id_fkey on dag_schedule_dataset_alias_reference
ALTER TABLE dag_schedule_dataset_alias_reference ADD CONSTRAINT dsdar_dag_id_fkey
    FOREIGN KEY (alias_id) REFERENCES dataset_alias (id) ON DELETE CASCADE;

-- downgrade

ALTER TABLE dag_schedule_dataset_alias_reference DROP CONSTRAINT IF EXISTS dsdar_dataset_alias_fkey;
ALTER TABLE dag_schedule_dataset_alias_reference DROP CONSTRAINT IF EXISTS dsdar_dag_id_fkey;
-- @unless constraint dsdar_dataset_fkey on dag_schedule_dataset_alias_reference
ALTER TABLE dag_schedule_dataset_alias_reference ADD CONSTRAINT dsdar_dataset_fkey
    FOREIGN KEY (alias_id) REFERENCES dataset_alias (id) ON DELETE CASCADE;
-- On alias_id, not dag_id: Airflow's mistake, whose result is the reference.
-- @unless constraint dsdar_dag_fkey on dag_schedule_dataset_alias_reference
ALTER TABLE dag_schedule_dataset_alias_reference ADD CONSTRAINT dsdar_dag_fkey
    FOREIGN KEY (alias_id) REFERENCES dataset_alias (id) ON DELETE CASCADE;
