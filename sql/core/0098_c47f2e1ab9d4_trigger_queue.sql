-- revision: c47f2e1ab9d4
-- down_revision: edc4f85a4619
-- version: 3.2.0
-- title: Add trigger.queue

-- upgrade

ALTER TABLE trigger ADD COLUMN queue string(256);

-- downgrade

ALTER TABLE trigger DROP COLUMN queue;
