-- What a clean remembers, written in the transactions that delete: what was asked, which tables are done, and how long
-- each file of the archive is. Beyond that length a file holds rows that are still in the database. Without a row in the first
-- table nothing has begun.
CREATE TABLE IF NOT EXISTS airshift_clean_place (table_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,
    block BIGINT NOT NULL, kept BIGINT NOT NULL, is_done BOOLEAN NOT NULL);
CREATE TABLE IF NOT EXISTS airshift_clean_file (table_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY,
    bytes BIGINT NOT NULL, row_count BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS airshift_clean_run (one TINYINT PRIMARY KEY, before_moment VARCHAR(40) NOT NULL, tables TEXT NOT NULL,
    directory TEXT, begun DATETIME(6) NOT NULL);
