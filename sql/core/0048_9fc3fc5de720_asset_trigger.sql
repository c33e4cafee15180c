-- revision: 9fc3fc5de720
-- down_revision: 2b47dc6bc8df
-- version: 3.0.0
-- title: Add references between assets and triggers

-- upgrade

CREATE TABLE asset_trigger (
    trigger_id integer NOT NULL,
    asset_id integer NOT NULL,
    CONSTRAINT asset_trigger_pkey PRIMARY KEY (trigger_id, asset_id),
    CONSTRAINT asset_trigger_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id) ON DELETE CASCADE,
    CONSTRAINT asset_trigger_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES asset (id) ON DELETE CASCADE
);
CREATE INDEX idx_asset_trigger_asset_id ON asset_trigger (asset_id);
CREATE INDEX idx_asset_trigger_trigger_id ON asset_trigger (trigger_id);

-- downgrade

DROP TABLE asset_trigger;
