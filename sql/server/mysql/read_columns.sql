-- Columns of the tables of database $1: table, name, type, not null, default, identity, generated, collation, comment,
-- counter, generated when it is read; NOT NULL has no name. A type includes its collation where that is not the table's, because a column is always defined whole; integers
-- are without the display width that old servers print. Defaults are expressions of the revision language: quoted as the
-- standard has it.
-- The server keeps expressions escaped twice, with an introducer before each text and backticks around names; k.b is a
-- backslash and k.m a mark, whatever the SQL mode. Before 8.0.13 a default has a collation of its own, and nothing says that
-- CURRENT_TIMESTAMP is an expression. Before 8.0.30 utf8mb3_bin, which the server takes, is shown as utf8_bin.
SELECT c.table_name, c.column_name,
       concat(CASE WHEN c.data_type IN ('int', 'bigint', 'smallint') THEN regexp_replace(c.column_type, '[(][0-9]+[)]', '')
                   ELSE c.column_type END,
              CASE WHEN c.collation_name <> t.table_collation THEN concat(' COLLATE ', IF(left(c.collation_name, 5) = 'utf8_', concat('utf8mb3', substr(c.collation_name, 5)), c.collation_name)) ELSE '' END),
       IF(c.is_nullable = 'NO', 't', 'f'),
       CASE WHEN c.column_default IS NULL THEN NULL
            WHEN c.extra LIKE '%DEFAULT_GENERATED%'
            THEN replace(replace(replace(replace(replace(replace(replace(replace(convert(c.column_default USING utf8mb4) COLLATE utf8mb4_bin, repeat(k.b, 4), k.m), concat(repeat(k.b, 3), ''''), ''''''),
               concat(k.b, ''''), ''''), k.m, k.b), '`', '"'), '_utf8mb4''', ''''), '_utf8mb3''', ''''), '_latin1''', '''')
            WHEN c.data_type IN ('tinyint', 'smallint', 'int', 'bigint', 'float', 'double', 'decimal') THEN convert(c.column_default USING utf8mb4) COLLATE utf8mb4_bin
            WHEN c.data_type IN ('timestamp', 'datetime') AND left(c.column_default, 17) = 'CURRENT_TIMESTAMP' THEN convert(c.column_default USING utf8mb4) COLLATE utf8mb4_bin
            ELSE concat('''', replace(convert(c.column_default USING utf8mb4) COLLATE utf8mb4_bin, '''', ''''''), '''') END,
       NULL, IF(c.extra REGEXP '(VIRTUAL|STORED) GENERATED', 't', 'f'), NULL, nullif(c.column_comment, ''),
       IF(c.extra LIKE '%auto_increment%', 't', 'f'), IF(c.extra LIKE '%VIRTUAL GENERATED%', 't', 'f'), NULL, NULL, NULL
  FROM information_schema.columns AS c
  JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
 CROSS JOIN (SELECT char(92 USING utf8mb4) AS b, char(1 USING utf8mb4) AS m) AS k
 WHERE c.table_schema = $1 AND t.table_type = 'BASE TABLE'
 ORDER BY c.table_name, c.ordinal_position;
