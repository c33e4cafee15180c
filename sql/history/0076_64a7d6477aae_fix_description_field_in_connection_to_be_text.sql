-- revision: 64a7d6477aae
-- down_revision: 61ec73d9401f
-- version: 2.0.0
-- title: Fix description field in ``connection`` to be ``text``

-- upgrade

ALTER TABLE connection ALTER COLUMN description TYPE text;

-- downgrade

ALTER TABLE connection ALTER COLUMN description TYPE string(5000);
