-- revision: 7582ea3f3dd5
-- down_revision: a169942745c2
-- version: 3.1.0
-- title: Make dag.bundle_name NOT NULL

-- upgrade

INSERT INTO dag_bundle (name) VALUES ('example_dags'), ('dags-folder') ON CONFLICT (name) DO NOTHING;
-- @batch
UPDATE dag SET bundle_name = CASE WHEN fileloc LIKE '%/airflow/example_dags/%' THEN 'example_dags' ELSE 'dags-folder' END
WHERE bundle_name IS NULL;
ALTER TABLE dag DROP CONSTRAINT dag_bundle_name_fkey;
-- MySQL: both ends take the id collation, too.
-- @only mysql
ALTER TABLE dag ALTER COLUMN bundle_name TYPE string_id(250);
ALTER TABLE dag ALTER COLUMN bundle_name SET NOT NULL;
-- @only mysql
ALTER TABLE dag_bundle ALTER COLUMN name TYPE string_id(250);
ALTER TABLE dag ADD CONSTRAINT dag_bundle_name_fkey FOREIGN KEY (bundle_name) REFERENCES dag_bundle (name);

-- downgrade

ALTER TABLE dag DROP CONSTRAINT dag_bundle_name_fkey;
ALTER TABLE dag ALTER COLUMN bundle_name DROP NOT NULL;
ALTER TABLE dag ADD CONSTRAINT dag_bundle_name_fkey FOREIGN KEY (bundle_name) REFERENCES dag_bundle (name);
