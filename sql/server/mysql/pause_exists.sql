-- Whether a pause by airshift is in force.
SELECT IF(count(*) > 0, 't', 'f') FROM information_schema.tables
 WHERE table_schema = database() AND table_name = 'airshift_pause_dag';
