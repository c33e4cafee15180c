-- What a backup would not take along, or not as of one moment: one row, a text or NULL.
SELECT coalesce((SELECT min(concat('table "', t.table_name, '" is kept by the engine ', t.engine, ', which cannot show it as of one moment'))
                   FROM information_schema.tables AS t
                  WHERE t.table_schema = database() AND t.table_type = 'BASE TABLE' AND t.engine <> 'InnoDB'),
                (SELECT min(concat('the database has events ("', e.event_name, '"), which would not be in the backup'))
                   FROM information_schema.events AS e
                  WHERE e.event_schema = database()));
