-- All foreign keys: referring table, table referred to, what a DELETE does (c: cascades, n and d: sets, a and r: refuses),
-- the join of both (c and p), the referring columns, whether an index begins with them.
SELECT o.conrelid::bigint, o.confrelid::bigint, o.confdeltype,
       (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ' ORDER BY k.n)
          FROM unnest(o.conkey, o.confkey) WITH ORDINALITY AS k (child, parent, n)
          JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.child
          JOIN pg_attribute b ON b.attrelid = o.confrelid AND b.attnum = k.parent),
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
          FROM unnest(o.conkey) WITH ORDINALITY AS k (child, n)
          JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.child),
       EXISTS (SELECT FROM pg_index i
                WHERE i.indrelid = o.conrelid AND i.indpred IS NULL AND i.indisvalid
                  AND o.conkey <@ (i.indkey::int2[])[0:cardinality(o.conkey) - 1])
  FROM pg_constraint o
 WHERE o.contype = 'f';
