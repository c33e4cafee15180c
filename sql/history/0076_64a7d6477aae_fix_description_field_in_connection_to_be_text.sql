-- revision: 64a7d6477aae
-- down_revision: 61ec73d9401f
-- version: 2.0.0
-- title: Fix description field in ``connection`` to be ``text``

-- upgrade

ALTER TABLE connection ALTER COLUMN description TYPE text;

-- downgrade

-- On MySQL it is text before, too, and Airflow's own fails: a row of utf8mb4 has no room for a third string like this.
-- @only postgres
ALTER TABLE connection ALTER COLUMN description TYPE string(5000);
