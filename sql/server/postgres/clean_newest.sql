-- What makes the temporary table $1 quick to look into.
SELECT 'ANALYZE ' || $1::text;
