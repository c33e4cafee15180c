-- revision: d2ae31099d61
-- down_revision: 947454bf1dff
-- version: 1.8.2
-- title: Increase text size for MySQL (not relevant for other DBs' text types)

-- upgrade

-- @only mysql
ALTER TABLE variable ALTER COLUMN val TYPE medium_text;

-- downgrade

-- @only mysql
ALTER TABLE variable ALTER COLUMN val TYPE text;
