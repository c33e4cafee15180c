-- The statements that give the settings back, one a row.
SELECT CASE WHEN altered_to IS NULL THEN format('ALTER SYSTEM RESET %I', name)
            ELSE format('ALTER SYSTEM SET %I = %L', name, altered_to) END
  FROM airshift_durability.setting
UNION ALL SELECT 'SELECT pg_reload_conf()';
