-- What has rows of its own: schema, name, quoted columns (those that are not computed),
-- the same as they are read, columns by which to cut (blocks serve here), blocks of the heap,
-- bytes with TOAST, estimated rows. The big ones first. Extensions make theirs themselves, and what a restore notes is not among them.
SELECT n.nspname, c.relname, k.columns, k.columns, '',
       pg_relation_size(c.oid) / current_setting('block_size')::bigint,
       pg_table_size(c.oid), c.reltuples::bigint
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
                       FROM pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') k
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND n.nspname NOT IN ('airshift_restore', 'information_schema') AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY pg_table_size(c.oid) DESC, n.nspname, c.relname;
