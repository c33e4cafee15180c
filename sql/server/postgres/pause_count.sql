-- DAGs in all, and paused ones.
SELECT count(*), count(*) FILTER (WHERE is_paused) FROM dag;
