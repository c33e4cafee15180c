-- revision: 05e19f3176be
-- down_revision: d482b7261ff9
-- version: 2.10.0
-- title: Add dataset_alias

-- upgrade

CREATE TABLE dataset_alias (
    id   serial NOT NULL,
    name uri_string(3000) NOT NULL,
    CONSTRAINT dataset_alias_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_name_unique ON dataset_alias (name);

-- downgrade

DROP TABLE dataset_alias;
