-- What a backup would not take along as of one moment: one row, a text or NULL.
SELECT coalesce((SELECT 'a restore into this database was broken off: run it again first'
          FROM information_schema.tables WHERE table_schema = database() AND table_name = 'airshift_restore'), (SELECT min(concat('table "', t.table_name, '" is kept by the engine ', t.engine, ', which cannot show it as of one moment'))
          FROM information_schema.tables AS t
         WHERE t.table_schema = database() AND t.table_type = 'BASE TABLE' AND t.engine <> 'InnoDB'));
