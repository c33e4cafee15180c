-- DAGs in all, and paused ones.
SELECT count(*), count(IF(is_paused, 1, NULL)) FROM dag;
