-- Remembers what is about to be changed: the value that ALTER SYSTEM gave it, or NULL where
-- it comes from elsewhere. A schema of its own, because that of the migration is dropped
-- when its build is thrown away. What is off already stays as it is.
BEGIN;
SET LOCAL synchronous_commit = on;
CREATE SCHEMA airshift_durability;
CREATE TABLE airshift_durability.setting AS
SELECT s.name, (SELECT f.setting FROM pg_file_settings AS f
                 WHERE f.name = s.name AND f.sourcefile LIKE '%/postgresql.auto.conf') AS altered_to
  FROM pg_settings AS s WHERE s.name IN ('fsync', 'full_page_writes') AND s.setting = 'on';
COMMIT;
