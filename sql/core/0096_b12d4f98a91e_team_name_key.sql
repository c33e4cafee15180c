-- revision: b12d4f98a91e
-- down_revision: 665854ef0536
-- version: 3.2.0
-- title: Make the name the key of team, and drop its id

-- upgrade

ALTER TABLE connection DROP CONSTRAINT connection_team_id_fkey;
ALTER TABLE variable DROP CONSTRAINT variable_team_id_fkey;
ALTER TABLE slot_pool DROP CONSTRAINT slot_pool_team_id_fkey;
ALTER TABLE dag_bundle_team DROP CONSTRAINT dag_bundle_team_team_id_fkey;
DROP INDEX idx_dag_bundle_team_team_id;
ALTER TABLE connection ALTER COLUMN team_id TYPE string(50);
ALTER TABLE connection ALTER COLUMN team_id DROP NOT NULL;
ALTER TABLE connection RENAME COLUMN team_id TO team_name;
ALTER TABLE variable ALTER COLUMN team_id TYPE string(50);
ALTER TABLE variable ALTER COLUMN team_id DROP NOT NULL;
ALTER TABLE variable RENAME COLUMN team_id TO team_name;
ALTER TABLE slot_pool ALTER COLUMN team_id TYPE string(50);
ALTER TABLE slot_pool ALTER COLUMN team_id DROP NOT NULL;
ALTER TABLE slot_pool RENAME COLUMN team_id TO team_name;
ALTER TABLE dag_bundle_team ALTER COLUMN team_id TYPE string(50);
ALTER TABLE dag_bundle_team ALTER COLUMN team_id SET NOT NULL;
ALTER TABLE dag_bundle_team RENAME COLUMN team_id TO team_name;
-- Airflow leaves the old ids in these columns, and its new foreign keys then refuse every reference. The name is what was meant.
UPDATE connection SET team_name = t.name FROM team t WHERE t.id::text = connection.team_name;
UPDATE variable SET team_name = t.name FROM team t WHERE t.id::text = variable.team_name;
UPDATE slot_pool SET team_name = t.name FROM team t WHERE t.id::text = slot_pool.team_name;
UPDATE dag_bundle_team SET team_name = t.name FROM team t WHERE t.id::text = dag_bundle_team.team_name;
ALTER TABLE team DROP CONSTRAINT team_pkey;
ALTER TABLE team DROP CONSTRAINT team_name_uq;
ALTER TABLE team DROP COLUMN id;
ALTER TABLE team ADD CONSTRAINT team_pkey PRIMARY KEY (name);
CREATE INDEX idx_dag_bundle_team_team_name ON dag_bundle_team (team_name);
ALTER TABLE dag_bundle_team ADD CONSTRAINT dag_bundle_team_team_name_fkey FOREIGN KEY (team_name) REFERENCES team (name) ON DELETE CASCADE;
ALTER TABLE connection ADD CONSTRAINT connection_team_name_fkey FOREIGN KEY (team_name) REFERENCES team (name) ON DELETE SET NULL;
ALTER TABLE variable ADD CONSTRAINT variable_team_name_fkey FOREIGN KEY (team_name) REFERENCES team (name) ON DELETE SET NULL;
ALTER TABLE slot_pool ADD CONSTRAINT slot_pool_team_name_fkey FOREIGN KEY (team_name) REFERENCES team (name) ON DELETE SET NULL;

-- downgrade

ALTER TABLE connection DROP CONSTRAINT connection_team_name_fkey;
ALTER TABLE variable DROP CONSTRAINT variable_team_name_fkey;
ALTER TABLE slot_pool DROP CONSTRAINT slot_pool_team_name_fkey;
ALTER TABLE dag_bundle_team DROP CONSTRAINT dag_bundle_team_team_name_fkey;
DROP INDEX idx_dag_bundle_team_team_name;
ALTER TABLE team DROP CONSTRAINT team_pkey;
ALTER TABLE team ADD COLUMN id string(36);
ALTER TABLE team ADD CONSTRAINT team_name_uq UNIQUE (name);
-- A text column: the UUID in its hyphenated form on every engine.
UPDATE team SET id = uuid_v4('team', name)::text;
ALTER TABLE team ALTER COLUMN id SET NOT NULL;
ALTER TABLE team ADD CONSTRAINT team_pkey PRIMARY KEY (id);
-- The ids go in before the columns are narrowed, so that names longer than 36 characters do not stop the downgrade.
ALTER TABLE connection RENAME COLUMN team_name TO team_id;
UPDATE connection SET team_id = t.id FROM team t WHERE t.name = connection.team_id;
ALTER TABLE connection ALTER COLUMN team_id TYPE string(36);
ALTER TABLE variable RENAME COLUMN team_name TO team_id;
UPDATE variable SET team_id = t.id FROM team t WHERE t.name = variable.team_id;
ALTER TABLE variable ALTER COLUMN team_id TYPE string(36);
ALTER TABLE slot_pool RENAME COLUMN team_name TO team_id;
UPDATE slot_pool SET team_id = t.id FROM team t WHERE t.name = slot_pool.team_id;
ALTER TABLE slot_pool ALTER COLUMN team_id TYPE string(36);
ALTER TABLE dag_bundle_team RENAME COLUMN team_name TO team_id;
UPDATE dag_bundle_team SET team_id = t.id FROM team t WHERE t.name = dag_bundle_team.team_id;
ALTER TABLE dag_bundle_team ALTER COLUMN team_id TYPE string(36);
ALTER TABLE connection ADD CONSTRAINT connection_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id);
ALTER TABLE variable ADD CONSTRAINT variable_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id);
ALTER TABLE slot_pool ADD CONSTRAINT slot_pool_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id);
CREATE INDEX idx_dag_bundle_team_team_id ON dag_bundle_team (team_id);
ALTER TABLE dag_bundle_team ADD CONSTRAINT dag_bundle_team_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id) ON DELETE CASCADE;
