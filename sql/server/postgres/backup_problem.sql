-- What a backup would not take along: one row, a text or NULL.
SELECT CASE WHEN EXISTS (SELECT FROM pg_largeobject_metadata)
            THEN 'the database has large objects, which would not be in the backup'
            WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = 'airshift_restore')
            THEN 'a restore into this database was broken off: run it again first' END;
