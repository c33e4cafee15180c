-- Durability is restored.
SET SESSION sql_log_bin = 0;
DROP TABLE IF EXISTS airshift_durability.setting;
DROP DATABASE IF EXISTS airshift_durability;
