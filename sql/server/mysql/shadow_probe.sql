-- Whether index $2 is still there in table airshift_probe of database $1.
SELECT IF(count(*) > 0, 't', 'f') FROM information_schema.statistics
 WHERE table_schema = $1 AND table_name = 'airshift_probe' AND index_name = $2;
