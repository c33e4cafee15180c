-- revision: e959f08ac86c
-- down_revision: 64a7d6477aae
-- version: 2.0.0
-- title: Change field in ``DagCode`` to ``MEDIUMTEXT`` for MySql

-- upgrade

-- @only mysql
ALTER TABLE dag_code ALTER COLUMN source_code TYPE medium_text;

-- downgrade

-- Nothing: longer values would be lost.
