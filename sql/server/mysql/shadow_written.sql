-- What speaks against a copy of the tables of database $1 that was begun at $2: their names where they were written to
-- since, and an empty name where the server was started since, which forgets when tables were written to.
SELECT table_name FROM information_schema.tables
 WHERE table_schema = $1 AND table_type = 'BASE TABLE' AND update_time > CAST(left($2, 19) AS DATETIME)
UNION ALL
SELECT '' FROM performance_schema.global_status
 WHERE variable_name = 'Uptime' AND now() - INTERVAL variable_value SECOND > CAST(left($2, 19) AS DATETIME) + INTERVAL 1 SECOND
 ORDER BY 1;
