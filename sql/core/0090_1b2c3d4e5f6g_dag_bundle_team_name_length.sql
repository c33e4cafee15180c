-- revision: 1b2c3d4e5f6g
-- down_revision: ab6dc0c82d0e
-- version: 3.2.0
-- title: Give dag_bundle_team.dag_bundle_name its length

-- upgrade

ALTER TABLE dag_bundle_team ALTER COLUMN dag_bundle_name TYPE string_id(250);

-- downgrade

ALTER TABLE dag_bundle_team ALTER COLUMN dag_bundle_name TYPE string_id(250);
