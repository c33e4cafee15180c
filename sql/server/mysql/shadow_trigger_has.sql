-- Whether database $1 has a trigger $2.
SELECT IF(count(*) > 0, 't', 'f') FROM information_schema.triggers WHERE trigger_schema = $1 AND trigger_name = $2;
