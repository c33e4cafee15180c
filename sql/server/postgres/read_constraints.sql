-- Constraints of the tables of schema $1: table, name, definition, type, validated, for a
-- foreign key the schema of the table it refers to, whether it is NOT ENFORCED (which the
-- definition does not say then), its columns (array), its index's tablespace. Foreign keys come last. What the
-- model does not know, the periods of PostgreSQL 18, NULLS NOT DISTINCT and INCLUDE of a unique
-- constraint, is of type x like exclusion constraints and kept as the server prints it. Columns
-- that only that server has are asked for by way of a document.
SELECT c.relname, o.conname,
       CASE WHEN k.kind <> 'x' AND k.is_unenforced
            THEN left(pg_get_constraintdef(o.oid), -length(' NOT ENFORCED'))
            ELSE pg_get_constraintdef(o.oid) END,
       k.kind, o.convalidated, rn.nspname, k.is_unenforced,
       (SELECT array_agg(a.attname::text) FROM pg_attribute a
         WHERE a.attrelid = o.conrelid AND a.attnum = ANY (o.conkey)),
       (SELECT s.spcname FROM pg_class i JOIN pg_tablespace s ON s.oid = i.reltablespace
         WHERE i.oid = o.conindid AND o.contype <> 'f')
  FROM pg_constraint o
  JOIN pg_class c ON c.oid = o.conrelid
 CROSS JOIN LATERAL (SELECT CASE WHEN (to_jsonb(o) ->> 'conperiod')::boolean THEN 'x'
                                 WHEN o.contype = 'u' AND pg_get_constraintdef(o.oid)
                                      ~ '^UNIQUE NULLS NOT DISTINCT|\) INCLUDE \(' THEN 'x'
                                 ELSE o.contype::text END AS kind,
                            coalesce(NOT (to_jsonb(o) ->> 'conenforced')::boolean, false)
                                AS is_unenforced) k
  LEFT JOIN pg_class r ON r.oid = o.confrelid
  LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
 WHERE c.relnamespace = quote_ident($1)::regnamespace
   AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition
   AND o.contype IN ('p', 'u', 'f', 'c', 'x')
   AND o.conparentid = 0
 ORDER BY o.contype = 'f', c.relname, o.conname;
