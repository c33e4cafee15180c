-- revision: 74effc47d867
-- down_revision: 6e96a59344a4
-- version: 1.10.5
-- title: change datetime to datetime2(6) on MSSQL tables

-- upgrade

-- Nothing: SQL Server only.

-- downgrade

-- Nothing.
