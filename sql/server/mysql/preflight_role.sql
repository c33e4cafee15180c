-- What the user may do in Airflow's database, and whether it sees what others do. What a role gives it is not seen here.
WITH me AS (SELECT concat('''', replace(current_user(), '@', '''@'''), '''') AS grantee),
     need (privilege) AS (
         SELECT 'SELECT' UNION ALL SELECT 'INSERT' UNION ALL SELECT 'UPDATE' UNION ALL SELECT 'DELETE' UNION ALL SELECT 'CREATE' UNION ALL SELECT 'DROP' UNION ALL
         SELECT 'ALTER' UNION ALL SELECT 'REFERENCES'),
     has (privilege) AS (
         SELECT privilege_type FROM information_schema.user_privileges JOIN me USING (grantee)
         UNION
         SELECT privilege_type FROM information_schema.schema_privileges JOIN me USING (grantee)
          WHERE database() LIKE table_schema),
     lacks AS (SELECT group_concat(privilege ORDER BY privilege SEPARATOR ', ') AS names FROM need WHERE privilege NOT IN (SELECT privilege FROM has)),
     found (light, text, advice) AS (
         SELECT IF(current_role() = 'NONE', 'red', 'yellow'), concat('the user ', current_user(), ' lacks ', names, ' on this database', IF(current_role() = 'NONE', '', ', unless by its roles')),
                concat('GRANT ', names, ' ON `', database(), '`.* TO ', (SELECT grantee FROM me), '.')
           FROM lacks WHERE names IS NOT NULL
         UNION ALL
         SELECT 'yellow', concat('the user ', current_user(), ' does not see what other users'' sessions do'),
                concat('Old transactions and locks of others may be missing on this page: GRANT PROCESS ON *.* TO ', (SELECT grantee FROM me), '.')
          WHERE 'PROCESS' NOT IN (SELECT privilege FROM has) AND current_role() = 'NONE')
SELECT 'privileges', light, text, advice FROM found
UNION ALL
SELECT 'privileges', 'green', concat('the user ', current_user(), ' may do all that a migration needs'), NULL WHERE NOT EXISTS (SELECT 1 FROM found);
