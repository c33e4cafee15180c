-- revision: ab34f260b71c
-- down_revision: d75389605139
-- version: 2.9.0
-- title: Add dataset_expression in DagModel

-- upgrade

ALTER TABLE dag ADD COLUMN dataset_expression json_document;

-- downgrade

ALTER TABLE dag DROP COLUMN dataset_expression;
