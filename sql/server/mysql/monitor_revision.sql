-- The revision of Airflow's tables. It is written after each revision, not together with it.
SELECT version_num FROM alembic_version ORDER BY 1;
