-- revision: 1fd565369930
-- down_revision: 88344c1d9134
-- version: 2.9.0
-- title: Add rendered_map_index to TaskInstance

-- upgrade

ALTER TABLE task_instance ADD COLUMN rendered_map_index string(250);

-- downgrade

ALTER TABLE task_instance DROP COLUMN rendered_map_index;
