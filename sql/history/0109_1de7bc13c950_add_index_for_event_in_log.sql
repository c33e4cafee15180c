-- revision: 1de7bc13c950
-- down_revision: b1b348e02d07
-- version: 2.3.1
-- title: Add index for ``event`` column in ``log`` table

-- upgrade

CREATE INDEX idx_log_event ON log (event);

-- downgrade

DROP INDEX idx_log_event;
