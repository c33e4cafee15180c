-- revision: acc215baed80
-- down_revision: a1b2c3d4e5f6
-- version: 3.3.0
-- title: Add trigger.team_name

-- upgrade

ALTER TABLE trigger ADD COLUMN team_name string(50);
CREATE INDEX idx_trigger_team_name ON trigger (team_name);
ALTER TABLE trigger ADD CONSTRAINT trigger_team_name_fkey FOREIGN KEY (team_name) REFERENCES team (name) ON DELETE SET NULL;

-- downgrade

ALTER TABLE trigger DROP CONSTRAINT trigger_team_name_fkey;
DROP INDEX idx_trigger_team_name;
ALTER TABLE trigger DROP COLUMN team_name;
