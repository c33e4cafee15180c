-- revision: dfee8bd5d574
-- down_revision: fe199e1abd77
-- version: 3.1.0
-- title: Add dag.deadline

-- upgrade

ALTER TABLE dag ADD COLUMN deadline json_document;

-- downgrade

ALTER TABLE dag DROP COLUMN deadline;
