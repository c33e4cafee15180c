-- Whether the server has the settings as they should be: $1 is "on" or "off".
SELECT IF(EXISTS (
    SELECT 1 FROM airshift_durability.setting AS s
      LEFT JOIN (SELECT variable_name AS name, variable_value AS value FROM performance_schema.global_variables
                  UNION ALL SELECT 'redo_log', variable_value FROM performance_schema.global_status
                  WHERE variable_name = 'Innodb_redo_log_enabled') AS v ON convert(v.name USING utf8mb4) = s.name
     WHERE v.value IS NULL OR convert(v.value USING utf8mb4) <> IF($1 = 'on', s.value, s.deferred)), 'f', 't');
