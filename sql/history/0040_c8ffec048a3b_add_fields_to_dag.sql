-- revision: c8ffec048a3b
-- down_revision: 41f5f12752f8
-- version: 1.10.3
-- title: Add ``description`` and ``default_view`` column to ``dag`` table

-- upgrade

ALTER TABLE dag ADD COLUMN description text;
ALTER TABLE dag ADD COLUMN default_view string(25);

-- downgrade

ALTER TABLE dag DROP COLUMN description;
ALTER TABLE dag DROP COLUMN default_view;
