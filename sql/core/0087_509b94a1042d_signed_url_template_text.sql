-- revision: 509b94a1042d
-- down_revision: 82dbd68e6171
-- version: 3.1.8
-- title: Widen dag_bundle.signed_url_template to text

-- upgrade

ALTER TABLE dag_bundle ALTER COLUMN signed_url_template TYPE text;

-- downgrade

ALTER TABLE dag_bundle ALTER COLUMN signed_url_template TYPE string(200);
