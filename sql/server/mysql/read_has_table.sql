-- Whether database $1 has a table $2.
SELECT IF(count(*) > 0, 't', 'f') FROM information_schema.tables WHERE table_schema = $1 AND table_name = $2;
