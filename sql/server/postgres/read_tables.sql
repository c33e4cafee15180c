-- Ordinary tables of schema $1: oid, name, owner, storage options, persistence, comment,
-- estimated rows (-1 unknown), pages, bytes with indexes, bytes of heap and TOAST, kind,
-- tablespace.
SELECT c.oid, c.relname, pg_get_userbyid(c.relowner), nullif(concat_ws(', ', array_to_string(c.reloptions, ', '),
                        (SELECT string_agg('toast.' || o, ', ')
                           FROM pg_class t CROSS JOIN unnest(t.reloptions) AS o
                          WHERE t.oid = c.reltoastrelid)), ''),
       c.relpersistence, obj_description(c.oid, 'pg_class'),
       c.reltuples::float8, (pg_relation_size(c.oid) / current_setting('block_size')::bigint),
       pg_total_relation_size(c.oid), pg_table_size(c.oid), c.relkind,
       (SELECT spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace)
  FROM pg_class c
 WHERE c.relnamespace = quote_ident($1)::regnamespace
   AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
 ORDER BY c.relname;
