-- The pause in force: since when, DAGs it stopped, those not given back yet.
SELECT (SELECT date_format(begun, '%Y-%m-%d %H:%i:%s') FROM airshift_pause), count(*), count(IF(unpaused IS NULL, 1, NULL))
  FROM airshift_pause_dag;
