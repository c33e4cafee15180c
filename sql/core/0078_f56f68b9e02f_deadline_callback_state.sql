-- revision: f56f68b9e02f
-- down_revision: 09fa89ba1710
-- version: 3.1.0
-- title: Add deadline.callback_state

-- upgrade

ALTER TABLE deadline ADD COLUMN callback_state string(20);
DROP INDEX deadline_time_idx;
CREATE INDEX deadline_callback_state_time_idx ON deadline (callback_state, deadline_time);

-- downgrade

DROP INDEX deadline_callback_state_time_idx;
CREATE INDEX deadline_time_idx ON deadline (deadline_time);
ALTER TABLE deadline DROP COLUMN callback_state;
