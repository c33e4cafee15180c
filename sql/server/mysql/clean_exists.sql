-- Whether there is what a clean is recorded in, one that was interrupted or is under way.
SELECT IF(count(*) > 0, 't', 'f') FROM information_schema.tables
 WHERE table_schema = database() AND table_name = 'airshift_clean_run';
