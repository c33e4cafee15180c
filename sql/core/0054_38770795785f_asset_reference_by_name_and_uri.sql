-- revision: 38770795785f
-- down_revision: 5c9c0231baa2
-- version: 3.0.0
-- title: Add references to assets by name and by URI

-- upgrade

CREATE TABLE dag_schedule_asset_name_reference (
    name uri_string(1500) NOT NULL,
    dag_id string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    CONSTRAINT dsanr_pkey PRIMARY KEY (name, dag_id),
    CONSTRAINT dsanr_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_asset_name_reference_dag_id ON dag_schedule_asset_name_reference (dag_id);
CREATE TABLE dag_schedule_asset_uri_reference (
    uri uri_string(1500) NOT NULL,
    dag_id string_id(250) NOT NULL,
    created_at utc_timestamp NOT NULL,
    CONSTRAINT dsaur_pkey PRIMARY KEY (uri, dag_id),
    CONSTRAINT dsaur_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE
);
CREATE INDEX idx_dag_schedule_asset_uri_reference_dag_id ON dag_schedule_asset_uri_reference (dag_id);

-- downgrade

DROP TABLE dag_schedule_asset_name_reference;
DROP TABLE dag_schedule_asset_uri_reference;
