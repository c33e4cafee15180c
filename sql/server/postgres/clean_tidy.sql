-- What is done with a table $1 (quoted) when rows are gone: their room is free for new ones only then, and the planner knows.
SELECT 'VACUUM (ANALYZE) ' || $1::text;
