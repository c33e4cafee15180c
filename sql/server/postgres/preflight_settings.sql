-- Settings as a new session of this role in this database gets them (reset_val: airshift's own sessions have set theirs),
-- and what other roles have in this database. $1: the bytes of WAL that the migration will write.
WITH now AS (SELECT lower(name) AS name, reset_val AS value, unit FROM pg_settings),
     role_setting AS (
         SELECT coalesce(quote_ident(r.rolname), 'all roles') AS who, lower(split_part(c, '=', 1)) AS name,
                substr(c, strpos(c, '=') + 1) AS value
           FROM pg_db_role_setting s
           CROSS JOIN unnest(s.setconfig) c
           LEFT JOIN pg_roles r ON r.oid = s.setrole
          WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
            AND (s.setrole <> 0 AND r.rolname <> current_user)),
     utc (name) AS (VALUES ('utc'), ('etc/utc'), ('gmt'), ('etc/gmt'), ('uct'), ('etc/uct'), ('zulu'), ('universal')),
     cut AS (
         SELECT string_agg(format('%s is %s ms', name, value), ', ' ORDER BY name) AS here
           FROM now
          WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
                         'transaction_timeout') AND value <> '0'),
     cut_roles AS (
         SELECT string_agg(format('%s has %s = %s', who, name, value), ', ' ORDER BY who, name) AS text
           FROM role_setting
          WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
                         'transaction_timeout') AND value !~ '^0[a-z]*$'),
     -- The widest first: the configuration as a whole is seen only where the role may see the file's settings.
     found (position, topic, light, text, advice) AS (
         SELECT 1, 'time zone', 'red', format('sessions in this database have the time zone %s, not UTC', value),
                format('Airflow''s timestamps would be shifted by tools that do not ask for UTC: ALTER DATABASE %I SET timezone = ''UTC''; '
                       'or, where a role has its own, ALTER ROLE %I RESET timezone.', current_database(), current_user)
           FROM now WHERE name = 'timezone' AND lower(value) NOT IN (SELECT name FROM utc)
         UNION ALL
         SELECT 2, 'time zone', 'yellow', format('the role %s has the time zone %s, not UTC', who, value), format('ALTER ROLE %s RESET timezone.', who)
           FROM role_setting WHERE name = 'timezone' AND lower(value) NOT IN (SELECT name FROM utc)
         UNION ALL
         SELECT 3, 'timeouts', 'yellow', here,
                'airshift turns it off in its own sessions, but `airflow db migrate`, psql and scripts would be cut off in the middle: '
                'ALTER ROLE or ALTER DATABASE ... RESET for the day.'
           FROM cut WHERE here IS NOT NULL
         UNION ALL
         SELECT 4, 'timeouts', 'yellow', text, 'Work of these roles would be cut off in the middle: ALTER ROLE ... RESET for the day.'
           FROM cut_roles WHERE text IS NOT NULL
         UNION ALL
         SELECT 5, 'writable', 'red', 'transactions are read only by default here',
                'Nothing can be migrated: RESET default_transaction_read_only where it was set (a fence of a switch sets it for the database).'
           FROM now WHERE name = 'default_transaction_read_only' AND value = 'on'
         UNION ALL
         SELECT 6, 'WAL', 'yellow', 'wal_level is minimal', 'No replica can follow. A switch needs wal_level = replica and a restart.'
           FROM now WHERE name = 'wal_level' AND value = 'minimal'
         UNION ALL
         SELECT 7, 'WAL', 'yellow', format('max_wal_size is %s: a checkpoint at least every %s of the %s of WAL that come', pg_size_pretty(value::bigint << 20),
                                      pg_size_pretty(value::bigint << 19), pg_size_pretty($1::bigint)),
                format('It is slower that way: ALTER SYSTEM SET max_wal_size = ''%s MB'' for the day, and reload.', ($1::bigint >> 21) + 1)
           FROM now WHERE name = 'max_wal_size' AND (value::bigint << 20) * 8 < $1::bigint
         UNION ALL
         SELECT 8, 'durability', 'yellow', string_agg(name || ' is off', ', ' ORDER BY name),
                'A crash of the machine loses the database, not only the migration: turn it on, or have a backup.'
           FROM now WHERE name IN ('fsync', 'full_page_writes') AND value = 'off' HAVING count(*) > 0
         UNION ALL
         SELECT 9, 'autovacuum', 'yellow', 'autovacuum is off', 'Tables grow, and the migration copies that: turn it on some days ahead, or VACUUM by hand.'
           FROM now WHERE name = 'autovacuum' AND value = 'off')
SELECT topic, light, text, advice FROM (
    SELECT * FROM found
    UNION ALL SELECT 1, 'time zone', 'green', 'UTC', NULL WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'time zone')
    UNION ALL SELECT 3, 'timeouts', 'green', 'no statement, lock or session is cut off', NULL WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'timeouts')
    UNION ALL SELECT 5, 'writable', 'green', 'transactions may write', NULL WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'writable')
    UNION ALL SELECT 6, 'WAL', 'green', format('wal_level is %s, max_wal_size %s', (SELECT value FROM now WHERE name = 'wal_level'),
                                          (SELECT pg_size_pretty(value::bigint << 20) FROM now WHERE name = 'max_wal_size')), NULL
              WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'WAL')
    UNION ALL SELECT 8, 'durability', 'green', 'what is committed survives a crash', NULL WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'durability')
    UNION ALL SELECT 9, 'autovacuum', 'green', 'autovacuum is on', NULL WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'autovacuum')) AS line
 ORDER BY position;
