-- DAGs with tag $1.
SELECT DISTINCT dag_id FROM dag_tag WHERE CONVERT(name USING utf8mb4) COLLATE utf8mb4_bin = $1 ORDER BY dag_id;
