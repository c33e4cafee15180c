-- revision: 3bda03debd04
-- down_revision: f56f68b9e02f
-- version: 3.1.0
-- title: Add signed_url_template and template_params to dag_bundle

-- upgrade

ALTER TABLE dag_bundle ADD COLUMN signed_url_template string(200);
ALTER TABLE dag_bundle ADD COLUMN template_params json_document;

-- downgrade

ALTER TABLE dag_bundle DROP COLUMN template_params;
ALTER TABLE dag_bundle DROP COLUMN signed_url_template;
