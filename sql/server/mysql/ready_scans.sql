-- What to ask the tables of database $1 before a migration: table, the revision that the question is about
-- (NULL: any that changes the table), and a query whose rows say what is wrong and what to do.
-- A table with a zero date cannot be made anew; a value must fit into a packet, as functions of the
-- server refuse longer ones, and some get longer by a conversion. (What begins with 80 is a pickle,
-- which is moved and not converted.)
SELECT c.table_name, NULL,
       concat('SELECT concat(''table "', c.table_name, '" has '', count(*), '' rows with a zero date in ',
              group_concat(c.column_name ORDER BY c.ordinal_position SEPARATOR ' or '), ''',',
              coalesce(concat(' '', the first with ', max(k.column_name), ' = '', min(`', max(k.column_name), '`)'), ' '''''), '), ',
              '''Give them a date, or NULL where the column takes it, before the migration.'' FROM `', replace(c.table_name, '`', '``'), '` WHERE ',
              group_concat('dayofmonth(`', replace(c.column_name, '`', '``'), '`) = 0 OR month(`', replace(c.column_name, '`', '``'), '`) = 0'
                           ORDER BY c.ordinal_position SEPARATOR ' OR '), ' HAVING count(*) > 0')
  FROM information_schema.columns AS c
  JOIN information_schema.tables AS t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
  LEFT JOIN information_schema.key_column_usage AS k
         ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.constraint_name = 'PRIMARY' AND k.ordinal_position = 1
 WHERE c.table_schema = $1 AND t.table_type = 'BASE TABLE' AND c.data_type IN ('date', 'datetime', 'timestamp')
 GROUP BY c.table_name
UNION ALL
SELECT c.table_name, r.revision,
       concat('SELECT concat(''table "', c.table_name, '" has values of up to '', max(length(`', c.column_name, '`)), '' bytes in ',
              c.column_name, ', and max_allowed_packet is '', @@max_allowed_packet), ',
              'concat(''SET GLOBAL max_allowed_packet = '', least(1073741824, pow(2, ceil(log2(2 * max(length(`', c.column_name, '`)))))), '' or more.'') ',
              'FROM `', c.table_name, '` WHERE hex(left(`', c.column_name, '`, 1)) <> ''80'' ',
              'HAVING max(length(`', c.column_name, '`)) * 1.25 + 512 > @@max_allowed_packet')
  FROM information_schema.columns AS c
  JOIN (SELECT 'xcom' AS table_name, 'value' AS column_name, 'eed27faa34e3' AS revision
        UNION ALL SELECT 'trigger', 'kwargs', '1949afb29106'
        UNION ALL SELECT 'serialized_dag', 'data', 'cc92b33c6709') AS r
    ON r.table_name = c.table_name AND r.column_name = c.column_name
 WHERE c.table_schema = $1 AND c.data_type IN ('json', 'text', 'mediumtext', 'longtext', 'blob', 'mediumblob', 'longblob')
UNION ALL
-- The expressions of xcom_json(), which take more than the server allows (regexp_time_limit) on a
-- long text with one of these words: it fails here instead.
SELECT c.table_name, 'eed27faa34e3',
       'SELECT '''', '''' FROM xcom WHERE (value LIKE ''%NaN%'' OR value LIKE ''%Infinity%'') AND hex(left(value, 1)) <> ''80''
           AND regexp_like(CAST(value AS CHAR CHARACTER SET utf8mb4), ''^(?:[^"]|"(?:[^"\\]|\\.)*")*(?:NaN|Infinity)'', ''c'')
           AND regexp_replace(CAST(value AS CHAR CHARACTER SET utf8mb4), ''([:,\[]\s*|^)(NaN|-?Infinity)(?=\s*[,}\]]|$)'', '''', 1, 0, ''c'') IS NULL'
  FROM information_schema.columns AS c
 WHERE c.table_schema = $1 AND c.table_name = 'xcom' AND c.column_name = 'value' AND c.data_type LIKE '%blob';
