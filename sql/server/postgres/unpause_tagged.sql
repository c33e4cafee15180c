-- DAGs with tag $1.
SELECT DISTINCT dag_id FROM dag_tag WHERE name = $1 ORDER BY dag_id;
