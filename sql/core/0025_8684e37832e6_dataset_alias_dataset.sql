-- revision: 8684e37832e6
-- down_revision: 41b3bc7c0272
-- version: 2.10.0
-- title: Add dataset_alias_dataset association table

-- upgrade

CREATE TABLE dataset_alias_dataset (
    alias_id   integer NOT NULL,
    dataset_id integer NOT NULL,
    CONSTRAINT dataset_alias_dataset_pkey PRIMARY KEY (alias_id, dataset_id),
    CONSTRAINT dataset_alias_dataset_alias_id_fkey FOREIGN KEY (alias_id)
        REFERENCES dataset_alias (id) ON DELETE CASCADE,
    CONSTRAINT dataset_alias_dataset_dataset_id_fkey FOREIGN KEY (dataset_id)
        REFERENCES dataset (id) ON DELETE CASCADE
);
CREATE INDEX idx_dataset_alias_dataset_alias_dataset_id ON dataset_alias_dataset (dataset_id);
CREATE INDEX idx_dataset_alias_dataset_alias_id ON dataset_alias_dataset (alias_id);

-- downgrade

DROP TABLE dataset_alias_dataset;
