-- revision: 09fa89ba1710
-- down_revision: 40f7c30a228b
-- version: 3.1.0
-- title: Add deadline.trigger_id

-- upgrade

ALTER TABLE deadline ADD COLUMN trigger_id integer;
ALTER TABLE deadline ADD CONSTRAINT deadline_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES trigger (id);

-- downgrade

ALTER TABLE deadline DROP CONSTRAINT deadline_trigger_id_fkey;
ALTER TABLE deadline DROP COLUMN trigger_id;
