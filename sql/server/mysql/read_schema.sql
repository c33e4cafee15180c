-- The database of the session, which is where Airflow's tables are.
SELECT database();
