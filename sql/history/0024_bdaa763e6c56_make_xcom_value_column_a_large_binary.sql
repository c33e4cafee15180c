-- revision: bdaa763e6c56
-- down_revision: cc1e65623dc7
-- version: 1.8.2
-- title: Make xcom value column a large binary

-- upgrade

-- The same type by another name, on both engines.
ALTER TABLE xcom ALTER COLUMN value TYPE binary;

-- downgrade

ALTER TABLE xcom ALTER COLUMN value TYPE binary;
