-- revision: 856955da8476
-- down_revision: f23433877c24
-- version: 1.10.0
-- title: Fix Sqlite foreign key

-- upgrade

-- Nothing: SQLite only.

-- downgrade

-- Nothing.
