-- revision: a3c7f2b18d4e
-- down_revision: 7582ea3f3dd5
-- version: 3.1.0
-- title: Add team and its bundles, and team_id to connection, variable and slot_pool

-- upgrade

CREATE TABLE team (
    id uuid NOT NULL,
    name string(50) NOT NULL,
    CONSTRAINT team_pkey PRIMARY KEY (id),
    CONSTRAINT team_name_uq UNIQUE (name)
);
CREATE TABLE dag_bundle_team (
    dag_bundle_name string_id(250) NOT NULL,
    team_id uuid NOT NULL,
    CONSTRAINT dag_bundle_team_pkey PRIMARY KEY (dag_bundle_name, team_id),
    CONSTRAINT dag_bundle_team_dag_bundle_name_fkey FOREIGN KEY (dag_bundle_name) REFERENCES dag_bundle (name) ON DELETE CASCADE,
    CONSTRAINT dag_bundle_team_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id) ON DELETE CASCADE
);
-- One team a bundle.
CREATE UNIQUE INDEX idx_dag_bundle_team_dag_bundle_name ON dag_bundle_team (dag_bundle_name);
CREATE INDEX idx_dag_bundle_team_team_id ON dag_bundle_team (team_id);
ALTER TABLE connection ADD COLUMN team_id uuid;
ALTER TABLE connection ADD CONSTRAINT connection_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id);
ALTER TABLE variable ADD COLUMN team_id uuid;
ALTER TABLE variable ADD CONSTRAINT variable_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id);
ALTER TABLE slot_pool ADD COLUMN team_id uuid;
ALTER TABLE slot_pool ADD CONSTRAINT slot_pool_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id);

-- downgrade

ALTER TABLE connection DROP CONSTRAINT connection_team_id_fkey;
ALTER TABLE connection DROP COLUMN team_id;
ALTER TABLE variable DROP CONSTRAINT variable_team_id_fkey;
ALTER TABLE variable DROP COLUMN team_id;
ALTER TABLE slot_pool DROP CONSTRAINT slot_pool_team_id_fkey;
ALTER TABLE slot_pool DROP COLUMN team_id;
DROP TABLE dag_bundle_team;
DROP TABLE team;
