-- revision: e229247a6cb1
-- down_revision: eed27faa34e3
-- version: 3.0.0
-- title: Add dag_bundle

-- upgrade

CREATE TABLE dag_bundle (
    name string(250) NOT NULL,
    active boolean,
    version string(200),
    last_refreshed utc_timestamp,
    CONSTRAINT dag_bundle_pkey PRIMARY KEY (name)
);
ALTER TABLE dag ADD COLUMN bundle_name string(250);
ALTER TABLE dag ADD COLUMN bundle_version string(200);
ALTER TABLE dag ADD CONSTRAINT dag_bundle_name_fkey FOREIGN KEY (bundle_name) REFERENCES dag_bundle (name);
ALTER TABLE dag_run ADD COLUMN bundle_version string(250);
ALTER TABLE import_error ADD COLUMN bundle_name string(250);
ALTER TABLE dag_version ADD COLUMN bundle_name string_id(250);
ALTER TABLE dag_version ADD COLUMN bundle_version string_id(250);

-- downgrade

ALTER TABLE dag DROP CONSTRAINT dag_bundle_name_fkey;
ALTER TABLE dag DROP COLUMN bundle_version;
ALTER TABLE dag DROP COLUMN bundle_name;
ALTER TABLE dag_run DROP COLUMN bundle_version;
ALTER TABLE import_error DROP COLUMN bundle_name;
ALTER TABLE dag_version DROP COLUMN bundle_version;
ALTER TABLE dag_version DROP COLUMN bundle_name;
DROP TABLE dag_bundle;
