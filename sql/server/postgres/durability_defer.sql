-- The statements that defer durability, one a row. Both settings take a reload only.
SELECT format('ALTER SYSTEM SET %I = off', name) FROM airshift_durability.setting
UNION ALL SELECT 'SELECT pg_reload_conf()';
