-- revision: 61ec73d9401f
-- down_revision: 2c6edca13270
-- version: 2.0.0
-- title: Add description field to ``connection`` table

-- upgrade

-- @only postgres
ALTER TABLE connection ADD COLUMN description string(5000);
-- @only mysql
ALTER TABLE connection ADD COLUMN description text;

-- downgrade

ALTER TABLE connection DROP COLUMN description;
