-- revision: 1968acfc09e3
-- down_revision: bba5a7cfc896
-- version: 1.7.0
-- title: Add ``is_encrypted`` column to variable table

-- upgrade

ALTER TABLE variable ADD COLUMN is_encrypted boolean;

-- downgrade

ALTER TABLE variable DROP COLUMN is_encrypted;
