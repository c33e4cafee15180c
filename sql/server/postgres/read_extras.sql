-- What hangs on the tables of schema $1 and is not the table itself: table, kind, name, SQL
-- that takes it away, SQL that puts it back, columns it uses (array), whether it cannot be
-- moved, its place in the order, what is done after the swap, and the definition of a
-- view without rules of its own. Order matters: views are put back in this order and taken
-- away in the reverse.
-- A kind that begins with "column" is a property of its one column and goes with it.
WITH RECURSIVE tables AS (
    SELECT c.oid, c.relname, c.reltype,
           (SELECT typarray FROM pg_type WHERE oid = c.reltype) AS arraytype,
           c.relowner, c.relacl, c.relreplident, c.relrowsecurity, c.relforcerowsecurity
      FROM pg_class c
     WHERE c.relnamespace = quote_ident($1)::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition
), direct_uses AS (
    SELECT DISTINCT d.refobjid AS used, d.refobjsubid AS column_number, v.oid AS view_oid
      FROM pg_depend d
      JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
), all_uses AS ( -- a view over a view goes where that goes; rules may lead round in a circle
    SELECT u.used AS table_oid, u.column_number, u.view_oid, 0 AS depth
      FROM direct_uses u JOIN tables t ON t.oid = u.used
     UNION
    SELECT a.table_oid, a.column_number, u.view_oid, a.depth + 1
      FROM all_uses a JOIN direct_uses u ON u.used = a.view_oid WHERE a.depth < 30
), view_uses AS (
    SELECT table_oid, column_number, view_oid, max(depth) OVER (PARTITION BY view_oid) AS depth FROM all_uses
), extras (relname, kind, name, remove, make, columns, is_blocking, rank) AS (
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
SELECT t.relname, 'column setting', a.attname, NULL,
       format('ALTER TABLE %I.%I ALTER COLUMN %I %s', $1::text, t.relname, a.attname, x.setting),
       ARRAY[a.attname::text], false, 3
  FROM tables t
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type y ON y.oid = a.atttypid
 CROSS JOIN LATERAL (
        SELECT 'SET STATISTICS ' || a.attstattarget WHERE a.attstattarget >= 0
        UNION ALL
        SELECT 'SET (' || array_to_string(a.attoptions, ', ') || ')' WHERE a.attoptions IS NOT NULL
        UNION ALL
        SELECT 'SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                      WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
         WHERE a.attstorage <> y.typstorage
        UNION ALL -- from PostgreSQL 14 on
        SELECT 'SET COMPRESSION ' || CASE to_jsonb(a) ->> 'attcompression' WHEN 'p' THEN 'pglz' ELSE 'lz4' END
         WHERE to_jsonb(a) ->> 'attcompression' IN ('p', 'l')) AS x (setting)
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
                                ELSE 'ENABLE ALWAYS' END, g.tgname) END
       || coalesce(format('; COMMENT ON TRIGGER %I ON %I.%I IS %L', g.tgname, $1::text, t.relname,
                          obj_description(g.oid, 'pg_trigger')), ''),
       (SELECT array_agg(a.attname::text) FROM pg_depend d
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_trigger'::regclass AND d.objid = g.oid
           AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid > 0),
       false, 7
  FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
 WHERE g.tgname NOT LIKE 'airshift%'
UNION ALL
SELECT t.relname, 'rule', w.rulename, format('DROP RULE %I ON %I.%I', w.rulename, $1::text, t.relname),
       pg_get_ruledef(w.oid), NULL, false, 8
  FROM tables t JOIN pg_rewrite w ON w.ev_class = t.oid
UNION ALL
-- With its columns and its filter, from PostgreSQL 15 on.
SELECT t.relname, 'publication', p.pubname,
       format('ALTER PUBLICATION %I DROP TABLE %I.%I', p.pubname, $1::text, t.relname),
       format('ALTER PUBLICATION %I ADD TABLE %I.%I', p.pubname, $1::text, t.relname)
       || CASE WHEN to_jsonb(r) ->> 'prattrs' IS NULL THEN ''
               ELSE (SELECT ' (' || string_agg(quote_ident(n), ', ') || ')'
                       FROM jsonb_array_elements_text(x.facts -> 'attnames') AS n) END
       || coalesce(' WHERE (' || (x.facts ->> 'rowfilter') || ')', ''),
       (SELECT array_agg(DISTINCT a.attname::text) FROM pg_depend d
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_publication_rel'::regclass AND d.objid = r.oid
           AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid > 0),
       false, 9
  FROM tables t
  JOIN pg_publication_rel r ON r.prrelid = t.oid
  JOIN pg_publication p ON p.oid = r.prpubid
 CROSS JOIN LATERAL (
        SELECT to_jsonb(v) AS facts FROM pg_publication_tables v
         WHERE v.pubname = p.pubname AND v.schemaname = $1 AND v.tablename = t.relname) AS x
UNION ALL
SELECT t.relname, 'extended statistics', s.stxname,
       format('DROP STATISTICS %I.%I', sn.nspname, s.stxname),
       pg_get_statisticsobjdef(s.oid)
       || format('; ALTER STATISTICS %I.%I OWNER TO %I', sn.nspname, s.stxname, pg_get_userbyid(s.stxowner))
       || CASE WHEN s.stxstattarget >= 0
               THEN format('; ALTER STATISTICS %I.%I SET STATISTICS %s', sn.nspname, s.stxname, s.stxstattarget)
               ELSE '' END
       || coalesce(format('; COMMENT ON STATISTICS %I.%I IS %L', sn.nspname, s.stxname,
                          obj_description(s.oid, 'pg_statistic_ext')), ''),
       (SELECT array_agg(a.attname::text) FROM pg_depend d
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
         WHERE d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid
           AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid > 0),
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
              rtrim(pg_get_viewdef(v.oid), ';') || CASE WHEN v.relispopulated THEN '' ELSE ' WITH NO DATA' END,
              vn.nspname, v.relname,
              pg_get_userbyid(v.relowner))
       || coalesce((SELECT string_agg(format('; GRANT %s ON %I.%I TO %s', a.privilege_type,
                                             vn.nspname, v.relname,
                                             coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC')), '')
                      FROM aclexplode(v.relacl) a WHERE a.grantee <> v.relowner), '')
       || coalesce((SELECT string_agg(x.more, '' ORDER BY x.place) FROM (
            SELECT 1, format('; GRANT %s (%I) ON %I.%I TO %s', g.privilege_type, a.attname, vn.nspname, v.relname,
                             coalesce(nullif(g.grantee, 0)::regrole::text, 'PUBLIC'))
              FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) g WHERE a.attrelid = v.oid
            UNION ALL
            SELECT 2, format('; COMMENT ON %s %I.%I IS %L',
                             CASE v.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, vn.nspname, v.relname,
                             obj_description(v.oid, 'pg_class'))
            UNION ALL
            SELECT 3, format('; COMMENT ON COLUMN %I.%I.%I IS %L', vn.nspname, v.relname, a.attname,
                             col_description(v.oid, a.attnum))
              FROM pg_attribute a WHERE a.attrelid = v.oid AND a.attnum > 0
            UNION ALL
            SELECT 4, format('; ALTER VIEW %I.%I ALTER COLUMN %I SET DEFAULT %s', vn.nspname, v.relname, a.attname,
                             pg_get_expr(e.adbin, e.adrelid))
              FROM pg_attrdef e JOIN pg_attribute a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
             WHERE e.adrelid = v.oid
            UNION ALL
            SELECT 5, '; ' || rtrim(pg_get_ruledef(w.oid), ';')
              FROM pg_rewrite w WHERE w.ev_class = v.oid AND w.rulename <> '_RETURN'
            UNION ALL
            SELECT 6, '; ' || pg_get_triggerdef(g.oid)
                   || coalesce(format('; COMMENT ON TRIGGER %I ON %I.%I IS %L', g.tgname, vn.nspname, v.relname,
                                      obj_description(g.oid, 'pg_trigger')), '')
              FROM pg_trigger g WHERE g.tgrelid = v.oid AND NOT g.tgisinternal
            UNION ALL
            SELECT 7, '; ' || pg_get_indexdef(i.indexrelid)
                   || CASE WHEN i.indisclustered
                           THEN format('; ALTER MATERIALIZED VIEW %I.%I CLUSTER ON %I', vn.nspname, v.relname, ic.relname)
                           ELSE '' END
                   || coalesce(format('; COMMENT ON INDEX %I.%I IS %L', vn.nspname, ic.relname,
                                      obj_description(ic.oid, 'pg_class')), '')
              FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = v.oid)
            AS x (place, more)), ''),
       (SELECT array_agg(a.attname::text) FROM view_uses u
          JOIN pg_attribute a ON a.attrelid = u.table_oid AND a.attnum = u.column_number
         WHERE u.table_oid = t.oid AND u.view_oid = v.oid AND u.column_number > 0),
       EXISTS (SELECT 1 FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid
                  JOIN pg_class o ON o.oid = w.ev_class
                WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = v.oid
                  AND o.oid <> v.oid AND o.relkind NOT IN ('v', 'm'))
           OR u.depth >= 30
           OR EXISTS (SELECT 1 FROM pg_depend d
                       WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'n'
                         AND d.refobjid IN (v.oid, v.reltype)),
       100 + u.depth * 4294967296 + v.oid::bigint
  FROM tables t
  JOIN (SELECT DISTINCT table_oid, view_oid, depth FROM view_uses) u ON u.table_oid = t.oid
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
UNION ALL
SELECT t.relname, 'index setting', i.relname, NULL,
       format('DO $airshift$ BEGIN IF to_regclass(%L) IS NOT NULL THEN %s; END IF; END $airshift$',
              format('%I.%I', $1::text, i.relname), s.setting),
       NULL, false, 13
  FROM tables t
  JOIN pg_index x ON x.indrelid = t.oid
  JOIN pg_class i ON i.oid = x.indexrelid
 CROSS JOIN LATERAL (
        SELECT format('COMMENT ON INDEX %I.%I IS %L', $1::text, i.relname, obj_description(i.oid, 'pg_class'))
        UNION ALL
        SELECT format('EXECUTE format(''ALTER TABLE %%s CLUSTER ON %%I'', (SELECT indrelid::regclass FROM pg_index'
                      ' WHERE indexrelid = to_regclass(%L)), %L)', format('%I.%I', $1::text, i.relname), i.relname)
         WHERE x.indisclustered
        UNION ALL
        SELECT format('ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', $1::text, i.relname, a.attnum, a.attstattarget)
          FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget >= 0) AS s (setting)
 WHERE s.setting IS NOT NULL
UNION ALL
SELECT t.relname, 'constraint comment', o.conname, NULL,
       format('DO $airshift$ BEGIN IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(%L) AND conname = %L)'
              ' THEN COMMENT ON CONSTRAINT %I ON %I.%I IS %L; END IF; END $airshift$',
              format('%I.%I', $1::text, t.relname), o.conname, o.conname, $1::text, t.relname,
              obj_description(o.oid, 'pg_constraint')),
       NULL, false, 14
  FROM tables t JOIN pg_constraint o ON o.conrelid = t.oid
 WHERE obj_description(o.oid, 'pg_constraint') IS NOT NULL
UNION ALL
SELECT t.relname, 'function', p.oid::regprocedure::text,
       format('DROP ROUTINE %s', p.oid::regprocedure),
       rtrim(pg_get_functiondef(p.oid), E'\n')
       || format('; ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, pg_get_userbyid(p.proowner))
       || CASE WHEN p.proacl IS NULL THEN ''
               ELSE format('; REVOKE ALL ON ROUTINE %s FROM PUBLIC', p.oid::regprocedure) END
       || coalesce((SELECT string_agg(format('; GRANT %s ON ROUTINE %s TO %s%s', a.privilege_type, p.oid::regprocedure,
                                             coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'),
                                             CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '')
                      FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner), '')
       || coalesce(format('; COMMENT ON ROUTINE %s IS %L', p.oid::regprocedure, obj_description(p.oid, 'pg_proc')), ''),
       (SELECT array_agg(DISTINCT a.attname::text) FROM pg_depend c
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.refobjsubid
         WHERE c.classid = 'pg_proc'::regclass AND c.objid = p.oid
           AND c.refclassid = 'pg_class'::regclass AND c.refobjid = t.oid AND c.refobjsubid > 0),
       p.prokind NOT IN ('f', 'p')
           OR EXISTS (SELECT 1 FROM pg_depend u WHERE u.refclassid = 'pg_proc'::regclass AND u.refobjid = p.oid
                         AND u.deptype = 'n'),
       50
  FROM tables t
  JOIN (SELECT DISTINCT objid, refobjid FROM pg_depend
         WHERE classid = 'pg_proc'::regclass AND deptype = 'n'
           AND refclassid IN ('pg_class'::regclass, 'pg_type'::regclass)) AS d ON d.refobjid IN (t.oid, t.reltype, t.arraytype)
  JOIN pg_proc p ON p.oid = d.objid
UNION ALL
SELECT t.relname, 'column', format('%s.%I', a.attrelid::regclass, a.attname), NULL, NULL, NULL, true, 15
  FROM tables t
  JOIN pg_attribute a ON a.atttypid IN (t.reltype, t.arraytype) AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT e.relname, e.kind, e.name, e.remove, e.make, e.columns, e.is_blocking, e.rank,
       (SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', o.conrelid::regclass, o.conname)
          FROM tables t JOIN pg_constraint o ON o.confrelid = t.oid AND o.conname = e.name
         WHERE e.kind = 'foreign key from another schema' AND t.relname = e.relname AND o.convalidated
           AND e.remove = format('ALTER TABLE %s DROP CONSTRAINT %I', o.conrelid::regclass, o.conname)),
       CASE WHEN e.kind IN ('view', 'materialized view')
             AND NOT EXISTS (SELECT 1 FROM pg_rewrite w WHERE w.ev_class = e.name::regclass AND w.rulename <> '_RETURN')
            THEN rtrim(pg_get_viewdef(e.name::regclass), ';') END
  FROM extras e
 ORDER BY e.rank, e.relname, e.name;
