-- The server's release, $1 as in 90704 for 9.7.4: releases with bugs that matter to a migration. As in all statements
-- preflight_*.sql one row is one finding: topic, light, what is so, what to do (or NULL).
WITH told AS (SELECT CAST($1 AS UNSIGNED) AS num, concat('MySQL ', $1 DIV 10000, '.', $1 DIV 100 % 100, '.', $1 % 100) AS name),
     bug (since, until, light, text) AS (
         SELECT 80000, 80028, 'yellow', 'a table to which columns were added with ALGORITHM=INSTANT can lose them in a crash' UNION ALL
         SELECT 80029, 80029, 'red', 'ALTER TABLE with ALGORITHM=INSTANT, its default, can damage a table; the release was withdrawn' UNION ALL
         SELECT 80038, 80038, 'yellow', 'it does not start again with more than 8000 tables; the release was withdrawn' UNION ALL
         SELECT 80401, 80401, 'yellow', 'it does not start again with more than 8000 tables; the release was withdrawn' UNION ALL
         SELECT 90000, 90000, 'yellow', 'it does not start again with more than 8000 tables; the release was withdrawn'),
     found (light, text, advice) AS (
         SELECT b.light, b.text, 'Install a later release of the same series.' FROM told t JOIN bug b ON t.num BETWEEN b.since AND b.until
         UNION ALL
         SELECT 'yellow', 'it is out of support since 2026-04-30', 'No bug in it is mended any more: plan the upgrade of the server.'
           FROM told WHERE num < 80100 AND curdate() >= '2026-04-30'
         UNION ALL
         SELECT 'yellow', 'it is an innovation release that is out of support', 'Upgrade to a release with long support: 8.4, 9.7.'
           FROM told WHERE num BETWEEN 80100 AND 80399 OR num BETWEEN 90000 AND 90699)
SELECT 'server', light, concat(name, ': ', text), advice FROM found, told
UNION ALL
SELECT 'server', 'green', concat(name, ', no known bug of it matters here'), NULL FROM told WHERE NOT EXISTS (SELECT 1 FROM found);
