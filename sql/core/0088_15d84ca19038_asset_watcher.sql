-- revision: 15d84ca19038
-- down_revision: 509b94a1042d
-- version: 3.2.0
-- title: Put asset_watcher in the place of asset_trigger

-- upgrade

-- Parsing the DAG files fills the new table; nothing is carried over.
DROP TABLE IF EXISTS asset_trigger;
CREATE TABLE asset_watcher (
    name uri_string(1500) NOT NULL,
    asset_id integer NOT NULL,
    trigger_id integer NOT NULL,
    CONSTRAINT asset_watcher_pkey PRIMARY KEY (asset_id, trigger_id),
    CONSTRAINT awm_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES asset (id) ON DELETE CASCADE,
    CONSTRAINT awm_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id) ON DELETE CASCADE
);
CREATE INDEX idx_awm_trigger_id ON asset_watcher (trigger_id);

-- downgrade

DROP TABLE asset_watcher;
CREATE TABLE asset_trigger (
    trigger_id integer NOT NULL,
    asset_id integer NOT NULL,
    CONSTRAINT asset_trigger_pkey PRIMARY KEY (trigger_id, asset_id),
    CONSTRAINT asset_trigger_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id) ON DELETE CASCADE,
    CONSTRAINT asset_trigger_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES asset (id) ON DELETE CASCADE
);
CREATE INDEX idx_asset_trigger_asset_id ON asset_trigger (asset_id);
CREATE INDEX idx_asset_trigger_trigger_id ON asset_trigger (trigger_id);
