-- Settings of the session with which a migration cannot run: the statement that would end that, for
-- the session alone and where the user may; what is wrong and what to do where he may not; of
-- what SQL that is so (a part of it, and one that makes it harmless; NULL: of all).
SELECT 'SET SESSION sql_require_primary_key = OFF',
       'the server wants a primary key in every table (sql_require_primary_key), and revisions on the way take one away for a moment',
       'SET GLOBAL sql_require_primary_key = OFF for the migration, or GRANT SESSION_VARIABLES_ADMIN ON *.* to the user.',
       'DROP PRIMARY KEY', 'ADD PRIMARY KEY'
  FROM performance_schema.session_variables WHERE variable_name = 'sql_require_primary_key' AND variable_value = 'ON'
UNION ALL
SELECT 'SET SESSION sql_generate_invisible_primary_key = OFF',
       'the server makes invisible primary keys (sql_generate_invisible_primary_key), and revisions on the way take a key away for a moment',
       'SET GLOBAL sql_generate_invisible_primary_key = OFF for the migration, or GRANT SESSION_VARIABLES_ADMIN ON *.* to the user.',
       'DROP PRIMARY KEY', 'ADD PRIMARY KEY'
  FROM performance_schema.session_variables WHERE variable_name = 'sql_generate_invisible_primary_key' AND variable_value = 'ON'
UNION ALL
SELECT 'SET SESSION binlog_format = ''ROW''',
       'the server logs statements (binlog_format = STATEMENT), which it refuses where rows are read as they are committed, as Airflow and airshift do',
       'SET GLOBAL binlog_format = ''ROW'' (or MIXED), or GRANT SESSION_VARIABLES_ADMIN ON *.* to the user.',
       NULL, NULL
  FROM performance_schema.session_variables AS f JOIN performance_schema.session_variables AS l ON l.variable_name = 'log_bin'
 WHERE f.variable_name = 'binlog_format' AND f.variable_value = 'STATEMENT' AND l.variable_value = 'ON'
UNION ALL
SELECT 'SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ''nothing ends that''',
       'before MySQL 8.0.13 a default is no expression, and revisions on the way make such',
       'Upgrade the server, or let Airflow make the tables of an empty database.',
       'DEFAULT (', NULL
 WHERE version() REGEXP '^8[.]0[.]1[0-2]([^0-9]|$)'
UNION ALL
SELECT 'SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ''nothing ends that''',
       'before MySQL 8.0.14 there is no LATERAL, and revisions on the way need it',
       'Upgrade the server, or migrate with --mode detached.',
       'LATERAL (SELECT', NULL
 WHERE version() REGEXP '^8[.]0[.]1[0-3]([^0-9]|$)'
UNION ALL
SELECT 'SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ''nothing ends that''',
       'before MySQL 8.0.21 the server makes no table from a query where it keeps GTIDs consistent (enforce_gtid_consistency), and revisions on the way want that',
       'Upgrade the server, or SET GLOBAL enforce_gtid_consistency = OFF for the migration, which gtid_mode = ON does not allow.',
       ' AS SELECT ', NULL
 WHERE version() REGEXP '^8[.]0[.](1[0-9]|20)([^0-9]|$)' AND @@GLOBAL.enforce_gtid_consistency = 'ON';
