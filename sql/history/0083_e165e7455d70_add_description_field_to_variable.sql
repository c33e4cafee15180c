-- revision: e165e7455d70
-- down_revision: 90d1635d7b86
-- version: 2.1.0
-- title: Add description field to ``Variable`` model

-- upgrade

ALTER TABLE variable ADD COLUMN description text;

-- downgrade

ALTER TABLE variable DROP COLUMN description;
