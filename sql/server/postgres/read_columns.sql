-- Columns of the ordinary tables of schema $1: table, name, type, not null, default, identity,
-- generated, collation where it is not the type's, comment, counter (there are sequences instead),
-- generated when it is read; and of NOT NULL, which is a constraint from PostgreSQL 18 on, the
-- name, whether it is NOT VALID, and whether it is NO INHERIT.
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity, ''), a.attgenerated <> '',
       CASE WHEN a.attcollation <> t.typcollation THEN co.collname END,
       col_description(c.oid, a.attnum), false, a.attgenerated = 'v',
       n.conname, NOT n.convalidated, n.connoinherit
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_constraint n ON n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]
 WHERE c.relnamespace = quote_ident($1)::regnamespace
   AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
   AND a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY c.relname, a.attnum;
