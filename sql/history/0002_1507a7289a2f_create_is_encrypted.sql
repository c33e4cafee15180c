-- revision: 1507a7289a2f
-- down_revision: e3a246e0dc1
-- version: 1.5.0
-- title: Add ``is_encrypted`` column in ``connection`` table

-- upgrade

-- Where the column is there already (a database older than the revisions), its values stay. Both statements need
-- to know it, so the UPDATE comes with the column: a default that goes again.
-- @unless column is_encrypted on connection
ALTER TABLE connection ADD COLUMN is_encrypted boolean DEFAULT false;
ALTER TABLE connection ALTER COLUMN is_encrypted DROP DEFAULT;

-- downgrade

ALTER TABLE connection DROP COLUMN is_encrypted;
