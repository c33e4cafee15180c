-- revision: b4078ac230a1
-- down_revision: 8e1c784a4fc7
-- version: 2.9.0
-- title: Change value column type to longblob in xcom table for mysql

-- upgrade

-- @only mysql
ALTER TABLE xcom ALTER COLUMN value TYPE long_binary;

-- downgrade

-- @only mysql
ALTER TABLE xcom ALTER COLUMN value TYPE binary;
