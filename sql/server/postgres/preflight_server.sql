-- The server's release, $1 as in server_version_num: minor releases with bugs that matter to a migration, a backup or a
-- replica. As in all statements preflight_*.sql one row is one finding: topic, light, what is so, what to do (or NULL).
WITH release AS (SELECT $1::integer / 10000 AS major, $1::integer % 10000 AS minor),
     bug (major, since, until, light, text) AS (VALUES
         (14, 0, 3, 'red', 'CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can leave an index that misses rows'),
         (14, 14, 14, 'yellow', 'extensions built for another minor release can crash, and ALTER ROLE ... SET role is ignored'),
         (15, 9, 9, 'yellow', 'extensions built for another minor release can crash, and ALTER ROLE ... SET role is ignored'),
         (16, 5, 5, 'yellow', 'extensions built for another minor release can crash, and ALTER ROLE ... SET role is ignored'),
         (17, 1, 1, 'yellow', 'extensions built for another minor release can crash, and ALTER ROLE ... SET role is ignored'),
         (14, 0, 18, 'yellow', 'what its pg_dump writes can run code of somebody who owns an object in the database (CVE-2025-8714, CVE-2025-8715)'),
         (15, 0, 13, 'yellow', 'what its pg_dump writes can run code of somebody who owns an object in the database (CVE-2025-8714, CVE-2025-8715)'),
         (16, 0, 9, 'yellow', 'what its pg_dump writes can run code of somebody who owns an object in the database (CVE-2025-8714, CVE-2025-8715)'),
         (17, 0, 5, 'yellow', 'what its pg_dump writes can run code of somebody who owns an object in the database (CVE-2025-8714, CVE-2025-8715)'),
         (14, 21, 21, 'yellow', 'a standby can stop with "could not access status of transaction", and substring() fails on some text'),
         (15, 16, 16, 'yellow', 'a standby can stop with "could not access status of transaction", and substring() fails on some text'),
         (16, 12, 12, 'yellow', 'a standby can stop with "could not access status of transaction", and substring() fails on some text'),
         (17, 8, 8, 'yellow', 'a standby can stop with "could not access status of transaction", and substring() fails on some text'),
         (18, 2, 2, 'yellow', 'a standby can stop with "could not access status of transaction", and substring() fails on some text')),
     end_of_life (major, day) AS (VALUES
         (14, date '2026-11-12'), (15, date '2027-11-11'), (16, date '2028-11-09'), (17, date '2029-11-08'), (18, date '2030-11-14')),
     found AS (
         SELECT b.light, b.text, 'Install the newest minor release of ' || r.major || ' and restart the server.' AS advice
           FROM release r JOIN bug b ON b.major = r.major AND r.minor BETWEEN b.since AND b.until
         UNION ALL
         SELECT 'yellow', 'it is out of support since ' || e.day, 'No bug in it is mended any more: plan the upgrade of the server.'
           FROM release r JOIN end_of_life e USING (major) WHERE e.day <= current_date
         UNION ALL
         SELECT 'yellow', 'airshift does not know the bugs of this release', 'Look through its release notes yourself.'
           FROM release r WHERE r.major > (SELECT max(major) FROM end_of_life))
SELECT 'server', light, 'PostgreSQL ' || major || '.' || minor || ': ' || text, advice FROM found, release
UNION ALL
SELECT 'server', 'green', 'PostgreSQL ' || major || '.' || minor || ', no known bug of it matters here', NULL
  FROM release WHERE NOT EXISTS (SELECT FROM found);
