-- Whether a restore into the session's database has begun and not ended, and a word for the database.
SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'airshift_restore' AND tablename = 'done'), md5(current_database());
