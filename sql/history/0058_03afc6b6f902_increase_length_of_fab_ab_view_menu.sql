-- revision: 03afc6b6f902
-- down_revision: 92c57b58940d
-- version: 1.10.13
-- title: Increase length of ``Flask-AppBuilder`` ``ab_view_menu.name`` column

-- upgrade

ALTER TABLE ab_view_menu ALTER COLUMN name TYPE string_id(250);

-- downgrade

ALTER TABLE ab_view_menu ALTER COLUMN name TYPE string(100);
