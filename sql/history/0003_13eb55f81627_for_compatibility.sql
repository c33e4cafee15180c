-- revision: 13eb55f81627
-- down_revision: 1507a7289a2f
-- version: 1.5.0
-- title: Maintain history for compatibility with earlier migrations

-- upgrade

-- Nothing.

-- downgrade

-- Nothing.
