-- revision: ec3471c1e067
-- down_revision: 05e19f3176be
-- version: 2.10.0
-- title: Add dataset_alias_dataset_event

-- upgrade

CREATE TABLE dataset_alias_dataset_event (
    alias_id integer NOT NULL,
    event_id integer NOT NULL,
    CONSTRAINT dataset_alias_dataset_event_pkey PRIMARY KEY (alias_id, event_id),
    CONSTRAINT dataset_alias_dataset_event_alias_id_fkey FOREIGN KEY (alias_id)
        REFERENCES dataset_alias (id) ON DELETE CASCADE,
    CONSTRAINT dataset_alias_dataset_event_event_id_fkey FOREIGN KEY (event_id)
        REFERENCES dataset_event (id) ON DELETE CASCADE
);
CREATE INDEX idx_dataset_alias_dataset_event_alias_id ON dataset_alias_dataset_event (alias_id);
CREATE INDEX idx_dataset_alias_dataset_event_event_id ON dataset_alias_dataset_event (event_id);

-- downgrade

DROP TABLE dataset_alias_dataset_event;
