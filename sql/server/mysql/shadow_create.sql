-- What remembers a fused run, in the shadow database: the run, what of it is done, the ranges of big tables, triggers, and
-- names of constraints that have others for the exchange. The swap
-- renames airshift_pending to airshift_swapped with all other tables, so one look tells whether it has been.
CREATE TABLE IF NOT EXISTS airshift_run (one TINYINT PRIMARY KEY, seed VARCHAR(64) NOT NULL, run_start VARCHAR(40) NOT NULL,
    source VARCHAR(64) NOT NULL, target VARCHAR(64) NOT NULL, digest VARCHAR(64) NOT NULL, items INT NOT NULL);
CREATE TABLE IF NOT EXISTS airshift_done (item VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY);
CREATE TABLE IF NOT EXISTS airshift_range (item VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, number INT,
    upper_key LONGTEXT, is_done CHAR(1) NOT NULL DEFAULT 'f', PRIMARY KEY (item, number));
CREATE TABLE IF NOT EXISTS airshift_pending (one TINYINT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS airshift_trigger (number INT PRIMARY KEY, name VARCHAR(64) NOT NULL, table_name VARCHAR(64) NOT NULL,
    target VARCHAR(64), moment VARCHAR(32) NOT NULL, body LONGTEXT NOT NULL, definer VARCHAR(300) NOT NULL, sql_mode TEXT NOT NULL,
    collation VARCHAR(64) NOT NULL) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE IF NOT EXISTS airshift_name (number INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL UNIQUE) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
