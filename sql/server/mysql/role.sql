-- role.sql - three users that may do what airshift does and no more, for the mysql client. Run it as an
-- administrator:
--
--     mysql --init-command="SET @airshift_database = 'airflow'" <role.sql
--     mysql -e "ALTER USER airshift_read IDENTIFIED BY '...' ACCOUNT UNLOCK"      (and the others)
--
-- airshift_read     check, plan, verify, status, monitor, inspect, preflight, doctor, drain: reads only
-- airshift_migrate  migrate, downgrade, doctor --repair, clean, pause, unpause
-- airshift_backup   backup; a user who may not change triggers and events is not shown them either
--
-- All are made locked, and can come from everywhere ('%'). It may be run again. Its end says
-- how to undo it.
SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';
-- In a grant, _ and % of a name stand for any other character.
SET @airshift_name = replace(@airshift_database, '`', '``'), @airshift_suffix = '_airshift_';
SET @airshift_name = IF(@@partial_revokes, @airshift_name, replace(replace(@airshift_name, '_', concat(char(92), '_')), '%', concat(char(92), '%'))),
    @airshift_suffix = IF(@@partial_revokes, @airshift_suffix, replace(@airshift_suffix, '_', concat(char(92), '_')));

CREATE USER IF NOT EXISTS airshift_read ACCOUNT LOCK;
CREATE USER IF NOT EXISTS airshift_migrate ACCOUNT LOCK;
CREATE USER IF NOT EXISTS airshift_backup ACCOUNT LOCK;

SET @airshift_sql = concat('GRANT SELECT ON `', @airshift_name, '`.* TO airshift_read');
PREPARE airshift_grant FROM @airshift_sql;
EXECUTE airshift_grant;

SET @airshift_sql = concat('GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON `', @airshift_name, '`.* TO airshift_backup');
PREPARE airshift_grant FROM @airshift_sql;
EXECUTE airshift_grant;

-- REFERENCES is what a foreign key takes; indexes come with ALTER; without TRIGGER a user is not shown any. The two other databases are those
-- in which migrate makes the new tables and puts the old ones. LOCK TABLES keeps others from writing.
SET @airshift_rights = 'GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, REFERENCES, TRIGGER, LOCK TABLES ON `';
SET @airshift_sql = concat(@airshift_rights, @airshift_name, '`.* TO airshift_migrate');
PREPARE airshift_grant FROM @airshift_sql;
EXECUTE airshift_grant;
-- For clean, and for verify --against in the unmigrated database.
SET @airshift_sql = concat('GRANT CREATE TEMPORARY TABLES ON `', @airshift_name, '`.* TO airshift_migrate, airshift_read');
PREPARE airshift_grant FROM @airshift_sql;
EXECUTE airshift_grant;
SET @airshift_sql = concat(@airshift_rights, @airshift_name, @airshift_suffix, 'new`.* TO airshift_migrate');
PREPARE airshift_grant FROM @airshift_sql;
EXECUTE airshift_grant;
SET @airshift_sql = concat(@airshift_rights, @airshift_name, @airshift_suffix, 'old`.* TO airshift_migrate');
PREPARE airshift_grant FROM @airshift_sql;
EXECUTE airshift_grant;
DEALLOCATE PREPARE airshift_grant;

-- Only for a database with stored routines: GRANT SHOW_ROUTINE ON *.* TO airshift_backup;
-- Who waits for whom; and for monitor what the server counts, too.
GRANT PROCESS ON *.* TO airshift_read, airshift_migrate, airshift_backup;
GRANT SELECT ON performance_schema.* TO airshift_read, airshift_migrate, airshift_backup;
-- Only where the server has sql_require_primary_key, sql_generate_invisible_primary_key or
-- binlog_format = STATEMENT, which airshift then changes for its own session:
--     GRANT SESSION_VARIABLES_ADMIN ON *.* TO airshift_migrate;

-- To undo it: DROP USER airshift_read, airshift_migrate, airshift_backup;
