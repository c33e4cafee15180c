-- revision: fde9ed84d07b
-- down_revision: 9fabad868fdb
-- version: 3.3.0
-- title: Add the state stores of tasks and assets

-- upgrade

CREATE TABLE asset_state_store (
    asset_id integer NOT NULL,
    key string(512) NOT NULL,
    value medium_text NOT NULL,
    updated_at utc_timestamp NOT NULL,
    last_updated_by_kind string(16),
    last_updated_by_dag_id string_id(250),
    last_updated_by_run_id string_id(250),
    last_updated_by_task_id string_id(250),
    last_updated_by_map_index integer,
    CONSTRAINT asset_state_store_pkey PRIMARY KEY (asset_id, key),
    CONSTRAINT asset_state_store_asset_fkey FOREIGN KEY (asset_id) REFERENCES asset (id) ON DELETE CASCADE
);
CREATE TABLE task_state_store (
    id serial NOT NULL,
    dag_run_id integer NOT NULL,
    task_id string_id(250) NOT NULL,
    map_index integer DEFAULT '-1' NOT NULL,
    key string(512) NOT NULL,
    dag_id string_id(250) NOT NULL,
    run_id string_id(250) NOT NULL,
    value medium_text NOT NULL,
    updated_at utc_timestamp NOT NULL,
    expires_at utc_timestamp,
    CONSTRAINT task_state_store_pkey PRIMARY KEY (id),
    CONSTRAINT task_state_store_dag_run_fkey FOREIGN KEY (dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE,
    CONSTRAINT task_state_store_uq UNIQUE (dag_run_id, task_id, map_index, key)
);
CREATE INDEX idx_task_state_store_lookup ON task_state_store (dag_id, run_id, task_id, map_index);
CREATE INDEX idx_task_state_store_expires_at ON task_state_store (expires_at);

-- downgrade

DROP INDEX idx_task_state_store_expires_at;
DROP INDEX idx_task_state_store_lookup;
DROP TABLE task_state_store;
DROP TABLE asset_state_store;
