-- What a pause still has to give back, those of $1 (a JSON array) first and in its order: id, whether one of them.
SELECT p.dag_id, IF(f.place IS NULL, 'f', 't')
  FROM airshift_pause_dag AS p
  LEFT JOIN (SELECT CONVERT(wanted USING utf8mb4) COLLATE utf8mb4_bin AS id, min(place) AS place
               FROM JSON_TABLE($1, '$[*]' COLUMNS (place FOR ORDINALITY, wanted VARCHAR(250) PATH '$')) AS w
              GROUP BY id) AS f ON f.id = p.dag_id
 WHERE p.unpaused IS NULL
 ORDER BY f.place IS NULL, f.place, p.dag_id;
