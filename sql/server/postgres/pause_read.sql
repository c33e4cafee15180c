-- The pause in force: since when, DAGs it stopped, those not given back yet.
SELECT (SELECT begun FROM airshift_operator.pause)::timestamp(0), count(*), count(*) FILTER (WHERE unpaused IS NULL)
  FROM airshift_operator.pause_dag;
