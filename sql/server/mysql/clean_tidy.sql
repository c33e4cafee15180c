-- What is done with a table $1 (quoted) when rows are gone: the planner knows. Their room is free for new ones by itself.
SELECT concat('ANALYZE TABLE ', $1);
