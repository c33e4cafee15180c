-- Whether a pause by airshift is in force.
SELECT to_regclass('airshift_operator.pause_dag') IS NOT NULL;
