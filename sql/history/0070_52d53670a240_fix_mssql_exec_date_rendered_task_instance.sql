-- revision: 52d53670a240
-- down_revision: 98271e7606e2
-- version: 2.0.0
-- title: fix_mssql_exec_date_rendered_task_instance_fields_for_MSSQL

-- upgrade

-- Nothing: SQL Server only.

-- downgrade

-- Nothing.
