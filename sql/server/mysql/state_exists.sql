-- Whether a migration of airshift's is recorded in this database.
SELECT IF(count(*) > 0, 't', 'f') FROM information_schema.tables
 WHERE table_schema = database() AND table_name = 'airshift_run';
