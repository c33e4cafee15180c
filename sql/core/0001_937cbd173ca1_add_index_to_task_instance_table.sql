-- revision: 937cbd173ca1
-- down_revision: 4bc4d934e2bc
-- version: 2.7.0
-- title: Add index to task_instance table

-- 2.7.0 created ti_state_incl_start_date here; 2.8.1 took that out again (see 88344c1d9134).

-- upgrade

-- downgrade

-- Up to 2.8.0 the upgrade made this index.
DROP INDEX IF EXISTS ti_state_incl_start_date;
