-- The revision of Airflow's tables, as the last transaction that ended left it.
SELECT version_num FROM alembic_version ORDER BY 1;
