-- revision: 583e80dfcef4
-- down_revision: 3ac9e5732b1f
-- version: 3.1.0
-- title: Add task_inlet_asset_reference

-- upgrade

CREATE TABLE task_inlet_asset_reference (
    asset_id integer NOT NULL,
    dag_id string_id(250) NOT NULL,
    task_id string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT tiar_asset_fkey FOREIGN KEY (asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT tiar_pkey PRIMARY KEY (asset_id, dag_id, task_id),
    CONSTRAINT tiar_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_task_inlet_asset_reference_dag_id ON task_inlet_asset_reference (dag_id);

-- downgrade

DROP TABLE task_inlet_asset_reference;
