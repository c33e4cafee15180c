-- revision: 83f031fd9f1c
-- down_revision: ccde3e26fe78
-- version: 2.2.0
-- title: Improve MSSQL compatibility

-- upgrade

-- Nothing: SQL Server only.

-- downgrade

-- Nothing.
