-- Who may do what with each table and sequence of schema public, a role a line; + with grant
-- option. Without MAINTAIN, which older servers do not know.
SELECT concat_ws(' ', c.relname, a.role, string_agg(a.word, ' ' ORDER BY a.word))
  FROM pg_class c CROSS JOIN LATERAL (
      SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END AS role,
             x.privilege_type || CASE WHEN x.is_grantable THEN '+' ELSE '' END AS word
        FROM aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner))) x) a
 WHERE a.word NOT LIKE 'MAINTAIN%' AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S')
 GROUP BY c.relname, a.role ORDER BY 1;
