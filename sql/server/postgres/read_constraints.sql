-- Constraints of the tables of schema $1: table, name, definition, type, validated, and for a
-- foreign key the schema of the table it refers to. Foreign keys come last.
SELECT c.relname, o.conname, pg_get_constraintdef(o.oid), o.contype, o.convalidated, rn.nspname
  FROM pg_constraint o
  JOIN pg_class c ON c.oid = o.conrelid
  LEFT JOIN pg_class r ON r.oid = o.confrelid
  LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
 WHERE c.relnamespace = $1::regnamespace
   AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
   AND o.contype IN ('p', 'u', 'f', 'c', 'x')
   AND o.conparentid = 0
 ORDER BY o.contype = 'f', c.relname, o.conname;
