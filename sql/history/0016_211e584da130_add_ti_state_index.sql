-- revision: 211e584da130
-- down_revision: 2e82aab8ef20
-- version: 1.7.1.3
-- title: Add TI state index

-- upgrade

CREATE INDEX ti_state ON task_instance (state);

-- downgrade

DROP INDEX ti_state;
