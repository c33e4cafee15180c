-- revision: 8ea135928435
-- down_revision: e39a26ac59f6
-- version: 3.0.0
-- title: Add dag.relative_fileloc

-- upgrade

ALTER TABLE dag ADD COLUMN relative_fileloc string(2000);

-- downgrade

ALTER TABLE dag DROP COLUMN relative_fileloc;
