-- revision: b1b348e02d07
-- down_revision: 75d5ed6c2b43
-- version: 2.3.0
-- title: Update dag.default_view to grid

-- upgrade

UPDATE dag SET default_view = 'grid' WHERE default_view = 'tree';

-- downgrade

UPDATE dag SET default_view = 'tree' WHERE default_view = 'grid';
