-- What a pause still has to give back, those of $1 (a JSON array) first and in its order: id, whether one of them.
SELECT p.dag_id, f.place IS NOT NULL
  FROM airshift_operator.pause_dag p
  LEFT JOIN (SELECT wanted, min(place) AS place
               FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS w (wanted, place)
              GROUP BY wanted) f ON f.wanted = p.dag_id
 WHERE p.unpaused IS NULL
 ORDER BY f.place, p.dag_id;
