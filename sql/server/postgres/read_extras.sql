-- What hangs on the tables of schema $1 and is not the table itself: table, kind, name, SQL
-- that takes it away, SQL that puts it back, columns it uses (array), whether it cannot be
-- moved. Order matters: views are put back in this order and taken away in the reverse.
WITH tables AS (
    SELECT c.oid, c.relname, c.relowner, c.relacl, c.relreplident, c.relrowsecurity,
           c.relforcerowsecurity
      FROM pg_class c
     WHERE c.relnamespace = quote_ident($1)::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition
), view_uses AS (
    SELECT DISTINCT d.refobjid AS table_oid, d.refobjsubid AS column_number, v.oid AS view_oid
      FROM pg_depend d
      JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
)
SELECT t.relname, 'grant', coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'), NULL,
       format('GRANT %s ON TABLE %I.%I TO %s%s', string_agg(a.privilege_type, ', '), $1::text,
              t.relname, coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'),
              CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END),
       NULL::text[], false, 1 AS rank
  FROM tables t CROSS JOIN LATERAL aclexplode(t.relacl) a
 WHERE a.grantee <> t.relowner
 GROUP BY t.relname, a.grantee, a.is_grantable
UNION ALL
SELECT t.relname, 'grant', t.relowner::regrole::text, NULL,
       format('REVOKE ALL ON TABLE %1$I.%2$I FROM %3$s', $1::text, t.relname, t.relowner::regrole)
           || coalesce(format('; GRANT %4$s ON TABLE %1$I.%2$I TO %3$s', $1::text, t.relname, t.relowner::regrole,
                              string_agg(a.privilege_type, ', ')), ''),
       NULL, false, 1
  FROM tables t LEFT JOIN LATERAL aclexplode(t.relacl) a ON a.grantee = t.relowner
 WHERE t.relacl IS NOT NULL
 GROUP BY t.relname, t.relowner
HAVING count(a.privilege_type) < (SELECT count(*) FROM aclexplode(acldefault('r', t.relowner)))
UNION ALL
SELECT t.relname, 'column grant', a.attname, NULL,
       format('GRANT %s (%I) ON TABLE %I.%I TO %s%s', x.privilege_type, a.attname, $1::text,
              t.relname, coalesce(nullif(x.grantee, 0)::regrole::text, 'PUBLIC'),
              CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END),
       ARRAY[a.attname::text], false, 2
  FROM tables t
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attacl IS NOT NULL
 CROSS JOIN LATERAL aclexplode(a.attacl) x
UNION ALL
SELECT t.relname, 'statistics target', a.attname, NULL,
       format('ALTER TABLE %I.%I ALTER COLUMN %I SET STATISTICS %s', $1::text, t.relname,
              a.attname, a.attstattarget),
       ARRAY[a.attname::text], false, 3
  FROM tables t
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attstattarget >= 0
UNION ALL
SELECT t.relname, 'replica identity', 'full', NULL,
       format('ALTER TABLE %I.%I REPLICA IDENTITY %s', $1::text, t.relname,
              CASE t.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END),
       NULL, false, 4
  FROM tables t WHERE t.relreplident IN ('f', 'n')
UNION ALL
SELECT t.relname, 'replica identity', i.relname, NULL,
       format('ALTER TABLE %I.%I REPLICA IDENTITY USING INDEX %I', $1::text, t.relname,
              i.relname),
       NULL, false, 5
  FROM tables t
  JOIN pg_index x ON x.indrelid = t.oid AND x.indisreplident
  JOIN pg_class i ON i.oid = x.indexrelid
UNION ALL
SELECT t.relname, 'row security', t.relname, NULL,
       format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY%s', $1::text, t.relname,
              CASE WHEN t.relforcerowsecurity
                   THEN format('; ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', $1::text,
                               t.relname) ELSE '' END),
       NULL, EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid), 6
  FROM tables t WHERE t.relrowsecurity
UNION ALL
SELECT t.relname, 'trigger', g.tgname,
       format('DROP TRIGGER %I ON %I.%I', g.tgname, $1::text, t.relname),
       pg_get_triggerdef(g.oid)
       || CASE g.tgenabled WHEN 'O' THEN ''
               ELSE format('; ALTER TABLE %I.%I %s TRIGGER %I', $1::text, t.relname,
                           CASE g.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                                ELSE 'ENABLE ALWAYS' END, g.tgname) END,
       (SELECT array_agg(a.attname::text) FROM pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum = ANY (g.tgattr)),
       false, 7
  FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
 WHERE g.tgname NOT LIKE 'airshift%'
UNION ALL
SELECT t.relname, 'rule', w.rulename, format('DROP RULE %I ON %I.%I', w.rulename, $1::text, t.relname),
       pg_get_ruledef(w.oid), NULL, false, 8
  FROM tables t JOIN pg_rewrite w ON w.ev_class = t.oid
UNION ALL
SELECT t.relname, 'publication', p.pubname, NULL,
       format('ALTER PUBLICATION %I ADD TABLE %I.%I', p.pubname, $1::text, t.relname),
       NULL, false, 9
  FROM tables t
  JOIN pg_publication_rel r ON r.prrelid = t.oid
  JOIN pg_publication p ON p.oid = r.prpubid
UNION ALL
SELECT t.relname, 'extended statistics', s.stxname,
       format('DROP STATISTICS %I.%I', sn.nspname, s.stxname), pg_get_statisticsobjdef(s.oid),
       (SELECT array_agg(a.attname::text) FROM pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum = ANY (s.stxkeys)),
       false, 10
  FROM tables t
  JOIN pg_statistic_ext s ON s.stxrelid = t.oid
  JOIN pg_namespace sn ON sn.oid = s.stxnamespace
UNION ALL
SELECT t.relname, CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END,
       format('%I.%I', vn.nspname, v.relname),
       format('DROP %s %I.%I', CASE v.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END,
              vn.nspname, v.relname),
       format('CREATE %s %I.%I%s AS %s; ALTER TABLE %I.%I OWNER TO %I',
              CASE v.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END,
              vn.nspname, v.relname,
              CASE WHEN v.reloptions IS NOT NULL
                   THEN ' WITH (' || array_to_string(v.reloptions, ', ') || ')' ELSE '' END,
              rtrim(pg_get_viewdef(v.oid), ';'), vn.nspname, v.relname,
              pg_get_userbyid(v.relowner))
       || coalesce((SELECT string_agg(format('; GRANT %s ON %I.%I TO %s', a.privilege_type,
                                             vn.nspname, v.relname,
                                             coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC')), '')
                      FROM aclexplode(v.relacl) a WHERE a.grantee <> v.relowner), ''),
       (SELECT array_agg(a.attname::text) FROM view_uses u
          JOIN pg_attribute a ON a.attrelid = u.table_oid AND a.attnum = u.column_number
         WHERE u.table_oid = t.oid AND u.view_oid = v.oid AND u.column_number > 0),
       EXISTS (SELECT 1 FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid
                WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = v.oid
                  AND w.ev_class <> v.oid),
       100 + v.oid::bigint
  FROM tables t
  JOIN (SELECT DISTINCT table_oid, view_oid FROM view_uses) u ON u.table_oid = t.oid
  JOIN pg_class v ON v.oid = u.view_oid
  JOIN pg_namespace vn ON vn.oid = v.relnamespace
UNION ALL
SELECT t.relname, 'foreign key from another schema', o.conname,
       format('ALTER TABLE %s DROP CONSTRAINT %I', o.conrelid::regclass, o.conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', o.conrelid::regclass, o.conname,
              pg_get_constraintdef(o.oid)),
       (SELECT array_agg(a.attname::text) FROM pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum = ANY (o.confkey)),
       false, 11
  FROM tables t
  JOIN pg_constraint o ON o.confrelid = t.oid AND o.contype = 'f'
  JOIN pg_class s ON s.oid = o.conrelid AND s.relnamespace <> quote_ident($1)::regnamespace
UNION ALL
SELECT t.relname, 'inheritance', i.inhrelid::regclass::text, NULL, NULL, NULL, true, 12
  FROM tables t JOIN pg_inherits i ON t.oid IN (i.inhparent, i.inhrelid)
 ORDER BY 8, 1, 3;
