-- revision: 665854ef0536
-- down_revision: e812941398f4
-- version: 3.2.0
-- title: Add the tables and columns of asset partitioning

-- upgrade

CREATE TABLE partitioned_asset_key_log (
    id serial NOT NULL,
    asset_id integer NOT NULL,
    asset_event_id integer NOT NULL,
    asset_partition_dag_run_id integer NOT NULL,
    source_partition_key string_id(250) NOT NULL,
    target_dag_id string_id(250) NOT NULL,
    target_partition_key string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    CONSTRAINT partitioned_asset_key_log_pkey PRIMARY KEY (id)
);
CREATE TABLE asset_partition_dag_run (
    id serial NOT NULL,
    target_dag_id string_id(250) NOT NULL,
    created_dag_run_id integer,
    partition_key string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    updated_at utc_timestamp NOT NULL,
    CONSTRAINT asset_partition_dag_run_pkey PRIMARY KEY (id),
    CONSTRAINT apdr_created_dag_run_id_fkey FOREIGN KEY (created_dag_run_id) REFERENCES dag_run (id) ON DELETE CASCADE
);
ALTER TABLE asset_event ADD COLUMN partition_key string_id(250);
ALTER TABLE dag_run ADD COLUMN partition_key string_id(250);

-- downgrade

ALTER TABLE dag_run DROP COLUMN partition_key;
ALTER TABLE asset_event DROP COLUMN partition_key;
DROP TABLE partitioned_asset_key_log;
DROP TABLE asset_partition_dag_run;
