-- revision: fe199e1abd77
-- down_revision: 29ce7909c52b
-- version: 3.0.3
-- title: Delete import errors

-- upgrade

-- The DAG processor reports them anew.
DELETE FROM import_error;

-- downgrade

-- Nothing to undo.
