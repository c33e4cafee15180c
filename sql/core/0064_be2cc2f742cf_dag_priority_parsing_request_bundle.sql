-- revision: be2cc2f742cf
-- down_revision: d469d27e2a64
-- version: 3.0.0
-- title: Support bundles in dag_priority_parsing_request

-- upgrade

-- Requests are transient: none is worth keeping.
DELETE FROM dag_priority_parsing_request;
ALTER TABLE dag_priority_parsing_request ADD COLUMN bundle_name string(250) NOT NULL;
ALTER TABLE dag_priority_parsing_request ADD COLUMN relative_fileloc string(2000) NOT NULL;
ALTER TABLE dag_priority_parsing_request DROP COLUMN fileloc;

-- downgrade

DELETE FROM dag_priority_parsing_request;
ALTER TABLE dag_priority_parsing_request ADD COLUMN fileloc string(2000) NOT NULL;
ALTER TABLE dag_priority_parsing_request DROP COLUMN relative_fileloc;
ALTER TABLE dag_priority_parsing_request DROP COLUMN bundle_name;
