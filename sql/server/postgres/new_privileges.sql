-- Tables $2 (an array) of schema $1 and their sequences: takes from all roles what the default
-- privileges of whoever made them gave, and, where $3, gives what those of their owner give to
-- what is made in that schema: as if the owner had made them there. One statement; the numbers
-- are replaced by literals.
DO LANGUAGE plpgsql $privileges$
DECLARE
    made record;
    given record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_default_acl WHERE defaclobjtype IN ('r', 'S')) THEN
        RETURN;
    END IF;
    FOR made IN
        SELECT c.oid::regclass AS name, c.relnamespace, c.relowner, c.relacl,
               CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
               CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END AS type
          FROM pg_class c
         WHERE c.relnamespace = $1::regnamespace
           AND ((c.relkind IN ('r', 'p', 'S') AND c.relname = ANY ($2))
                OR (c.relkind = 'S' AND $3
                    AND EXISTS (SELECT FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
                                 WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                                   AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
                                   AND t.relnamespace = c.relnamespace AND t.relname = ANY ($2))))
    LOOP
        FOR given IN
            SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
              FROM aclexplode(made.relacl) a WHERE a.grantee <> made.relowner
        LOOP
            EXECUTE format('REVOKE ALL ON %s %s FROM %s', made.kind, made.name, given.role);
        END LOOP;
        IF made.relacl IS NOT NULL THEN
            EXECUTE format('GRANT ALL ON %s %s TO %s', made.kind, made.name, made.relowner::regrole);
        END IF;
        CONTINUE WHEN NOT $3;
        -- An entry for all schemas says what the owner itself has, too.
        IF EXISTS (SELECT FROM pg_default_acl WHERE defaclrole = made.relowner AND defaclnamespace = 0
                      AND defaclobjtype::text = made.type) THEN
            EXECUTE format('REVOKE ALL ON %s %s FROM %s', made.kind, made.name, made.relowner::regrole);
        END IF;
        FOR given IN
            SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role,
                   string_agg(DISTINCT a.privilege_type, ', ') AS privileges,
                   CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
              FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a
             WHERE d.defaclrole = made.relowner AND d.defaclnamespace IN (0, made.relnamespace)
               AND d.defaclobjtype::text = made.type
             GROUP BY a.grantee, a.is_grantable ORDER BY 1, 3
        LOOP
            EXECUTE format('GRANT %s ON %s %s TO %s%s', given.privileges, made.kind, made.name, given.role, given.option);
        END LOOP;
    END LOOP;
END $privileges$
