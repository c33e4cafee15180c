-- Statements that count what should not be there, with what each is about: orphans behind
-- foreign keys, one a foreign key of schema $1. One that is NOT VALID or NOT ENFORCED does not
-- promise anything, and a row of a period may lead to several.
SELECT format('rows of %s without their %s (%s)', c.relname, r.relname, o.conname),
       format('SELECT count(*) FROM %s a WHERE %s AND NOT EXISTS (SELECT 1 FROM %s b WHERE %s)',
              o.conrelid::regclass,
              (SELECT string_agg(format('a.%I IS NOT NULL', x.attname), ' AND ')
                 FROM unnest(o.conkey) k JOIN pg_attribute x ON x.attrelid = o.conrelid AND x.attnum = k),
              o.confrelid::regclass,
              (SELECT string_agg(format('b.%I = a.%I', y.attname, x.attname), ' AND ')
                 FROM unnest(o.conkey, o.confkey) AS p(k, f)
                 JOIN pg_attribute x ON x.attrelid = o.conrelid AND x.attnum = p.k
                 JOIN pg_attribute y ON y.attrelid = o.confrelid AND y.attnum = p.f))
  FROM pg_constraint o
  JOIN pg_class c ON c.oid = o.conrelid
  JOIN pg_class r ON r.oid = o.confrelid
 WHERE o.contype = 'f' AND c.relnamespace = quote_ident($1)::regnamespace AND o.convalidated
   AND NOT coalesce((to_jsonb(o) ->> 'conperiod')::boolean, false)
 ORDER BY c.relname, o.conname;
