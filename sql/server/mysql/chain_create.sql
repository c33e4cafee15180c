-- What remembers a run of the chain executor, in Airflow's own database: where it is (between two revisions the revision
-- is NULL), and the SQL of the statement that it is in the middle of.
CREATE TABLE IF NOT EXISTS airshift_chain (one TINYINT PRIMARY KEY, seed VARCHAR(64) NOT NULL, run_start VARCHAR(40) NOT NULL,
    is_direct CHAR(1) NOT NULL, goes_back CHAR(1) NOT NULL, revision VARCHAR(64), statement INT NOT NULL DEFAULT 0, part INT NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS airshift_chain_part (part INT PRIMARY KEY, text LONGTEXT NOT NULL);
