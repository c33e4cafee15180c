-- revision: be2bfac3da23
-- down_revision: 7b2661a43ba3
-- version: 2.2.3
-- title: Add has_import_errors column to DagModel

-- upgrade

ALTER TABLE dag ADD COLUMN has_import_errors boolean DEFAULT false;

-- downgrade

ALTER TABLE dag DROP COLUMN has_import_errors;
