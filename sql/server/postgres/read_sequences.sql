-- Sequences of schema $1: name, type, the table and the column that own them.
SELECT s.relname, format_type(q.seqtypid, NULL), t.relname, a.attname, d.deptype = 'i'
  FROM pg_class s
  JOIN pg_sequence q ON q.seqrelid = s.oid
  LEFT JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
       AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
       AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_class t ON t.oid = d.refobjid
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE s.relnamespace = quote_ident($1)::regnamespace AND s.relkind = 'S'
 ORDER BY s.relname;
