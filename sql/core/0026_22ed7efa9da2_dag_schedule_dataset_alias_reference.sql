-- revision: 22ed7efa9da2
-- down_revision: 8684e37832e6
-- version: 2.10.0
-- title: Add dag_schedule_dataset_alias_reference table

-- The foreign key to dag is named as 2.11 names it; 3.x calls it dsdar_dag_fkey, and its
-- next revision then loses it.

-- upgrade

CREATE TABLE dag_schedule_dataset_alias_reference (
    alias_id   integer NOT NULL,
    dag_id     string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT dsdar_pkey PRIMARY KEY (alias_id, dag_id),
    CONSTRAINT dsdar_dataset_fkey FOREIGN KEY (alias_id)
        REFERENCES dataset_alias (id) ON DELETE CASCADE,
    CONSTRAINT dsdar_dag_id_fkey FOREIGN KEY (dag_id)
        REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_dataset_alias_reference_dag_id
    ON dag_schedule_dataset_alias_reference (dag_id);

-- downgrade

DROP TABLE dag_schedule_dataset_alias_reference;
