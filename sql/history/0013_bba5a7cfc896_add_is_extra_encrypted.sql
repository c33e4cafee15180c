-- revision: bba5a7cfc896
-- down_revision: bbc73705a13e
-- version: 1.7.0
-- title: Add a column to track the encryption state of the 'Extra' field in connection

-- upgrade

ALTER TABLE connection ADD COLUMN is_extra_encrypted boolean;

-- downgrade

ALTER TABLE connection DROP COLUMN is_extra_encrypted;
