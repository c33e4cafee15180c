-- revision: 16f7f5ee874e
-- down_revision: cf87489a35df
-- version: 3.0.0
-- title: Remove dag.default_view

-- upgrade

ALTER TABLE dag DROP COLUMN default_view;

-- downgrade

ALTER TABLE dag ADD COLUMN default_view string(25);
