-- What the role may not do that a migration of the tables $2 (a JSON array) of schema $1 does:
-- text and advice, the gravest first, as a member of the owner has the rest, too. Nothing where
-- it may do all of it.
WITH RECURSIVE
     mine AS (SELECT c.oid, c.relname, c.relowner FROM pg_class c
               WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')
                 AND c.relname IN (SELECT jsonb_array_elements_text($2::jsonb))),
     -- Views fall with the tables they read, and so do the views on them.
     view (oid) AS (
         SELECT oid FROM mine
         UNION
         SELECT r.ev_class FROM view JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = view.oid
           JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid),
     object (rank, kind, name, owner) AS (
         SELECT 1, 'table', relname::text, relowner FROM mine
         UNION ALL
         SELECT 2, CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, c.oid::regclass::text, c.relowner
           FROM view JOIN pg_class c USING (oid) WHERE c.relkind IN ('v', 'm')
         UNION ALL
         SELECT DISTINCT 3, 'table, which has a foreign key to Airflow''s,', c.oid::regclass::text, c.relowner
           FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
          WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM mine) AND k.conrelid NOT IN (SELECT oid FROM mine)
         UNION ALL
         SELECT DISTINCT 4, 'publication', p.pubname::text, p.pubowner FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
          WHERE r.prrelid IN (SELECT oid FROM mine)),
     foreign_object AS (
         SELECT rank, kind, owner, min(name) AS name, count(*) AS count FROM object
          WHERE NOT pg_has_role(owner, 'USAGE') GROUP BY rank, kind, owner),
     owner AS (SELECT DISTINCT relowner AS oid FROM mine
                WHERE relname = 'alembic_version' AND pg_has_role(relowner, 'USAGE') AND NOT has_schema_privilege(relowner, $1::regnamespace, 'CREATE')),
     found (rank, text, advice) AS (
         SELECT rank, format('permission denied: %s %I%s is not of role %I, nor of one that it is a member of', kind, name,
                             CASE WHEN count > 1 THEN format(', as %s more,', count - 1) END, current_user),
                format('%I owns it: connect as that role, or GRANT %1$I TO %I.', pg_get_userbyid(owner), current_user)
           FROM foreign_object
         UNION ALL
         SELECT 5, format('permission denied for database %I: role %I may not make a schema there, as airshift does for its own tables',
                          current_database(), current_user),
                format('GRANT CREATE ON DATABASE %I TO %I; it can be revoked afterwards.', current_database(), current_user)
          WHERE NOT has_database_privilege(current_database(), 'CREATE')
         UNION ALL
         SELECT 5, format('permission denied for schema %s: role %I may make no table in it', $1, current_user),
                format('GRANT USAGE, CREATE ON SCHEMA %s TO %I.', $1, current_user)
          WHERE NOT has_schema_privilege($1::regnamespace, 'CREATE') OR NOT has_schema_privilege($1::regnamespace, 'USAGE')
         UNION ALL
         SELECT 5, format('permission denied for schema %s: role %I, which owns Airflow''s tables, may make no table in it', $1, pg_get_userbyid(oid)),
                format('GRANT USAGE, CREATE ON SCHEMA %s TO %I.', $1, pg_get_userbyid(oid))
           FROM owner WHERE NOT pg_has_role(current_user, oid, 'USAGE') OR pg_get_userbyid(oid) <> current_user)
SELECT text, advice FROM found ORDER BY rank, text;
