-- revision: 66a7743fe20e
-- down_revision: 583e80dfcef4
-- version: 3.1.0
-- title: Add the triggering user to dag_run and backfill

-- upgrade

ALTER TABLE backfill ADD COLUMN triggering_user_name string(512);
ALTER TABLE dag_run ADD COLUMN triggering_user_name string(512);

-- downgrade

ALTER TABLE dag_run DROP COLUMN triggering_user_name;
ALTER TABLE backfill DROP COLUMN triggering_user_name;
