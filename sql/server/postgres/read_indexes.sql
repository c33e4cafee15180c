-- Indexes of the tables of schema $1 that are not behind a constraint: table, name,
-- definition, valid, made by the server for a foreign key (never), tablespace.
SELECT c.relname, i.relname, pg_get_indexdef(i.oid), x.indisvalid, false,
       (SELECT spcname FROM pg_tablespace s WHERE s.oid = i.reltablespace)
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_class c ON c.oid = x.indrelid
 WHERE c.relnamespace = quote_ident($1)::regnamespace
   AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
   AND NOT EXISTS (SELECT 1 FROM pg_constraint o
                    WHERE o.conindid = x.indexrelid AND o.contype IN ('p', 'u', 'x'))
 ORDER BY c.relname, i.relname;
