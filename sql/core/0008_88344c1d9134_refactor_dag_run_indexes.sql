-- revision: 88344c1d9134
-- down_revision: 10b52ebd31f7
-- version: 2.8.1
-- title: Drop unused TI index

-- upgrade

-- Databases that were at 2.7.0 to 2.8.0 have it, others not (see 937cbd173ca1).
DROP INDEX IF EXISTS ti_state_incl_start_date;

-- downgrade
