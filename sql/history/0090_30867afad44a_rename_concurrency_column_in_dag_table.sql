-- revision: 30867afad44a
-- down_revision: e9304a3141f0
-- version: 2.2.0
-- title: Rename ``concurrency`` column in ``dag`` table to`` max_active_tasks``

-- upgrade

ALTER TABLE dag RENAME COLUMN concurrency TO max_active_tasks;

-- downgrade

ALTER TABLE dag RENAME COLUMN max_active_tasks TO concurrency;
