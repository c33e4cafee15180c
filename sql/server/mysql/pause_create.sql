-- The memory of a pause: the DAGs that ran, and when each was given back. Tables beside Airflow's, so that a replica and a
-- dump have them, and under the names that no reading of the catalog looks at. What makes them cannot be taken back:
-- left empty, they are a memory of nothing.
CREATE TABLE IF NOT EXISTS airshift_pause (one TINYINT PRIMARY KEY, begun DATETIME(6) NOT NULL);
CREATE TABLE IF NOT EXISTS airshift_pause_dag (
    dag_id VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, unpaused DATETIME(6));
