-- All tables that have rows: oid, schema, name, quoted name, quoted columns that are not computed, the columns' names one a
-- line, blocks, file node, what addresses a row, the columns as they are read, rows in a block (not used here). The tables of an extension too: a foreign key may come from there.
SELECT c.oid::bigint, n.nspname, c.relname, format('%I.%I', n.nspname, c.relname),
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
       (SELECT string_agg(a.attname, E'\n' ORDER BY a.attnum)
          FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       pg_relation_size(c.oid) / current_setting('block_size')::bigint, c.relfilenode::bigint, 'ctid', NULL, 0
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_';
