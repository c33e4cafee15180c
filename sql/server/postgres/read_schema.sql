-- The schema that holds Airflow's tables: where alembic_version is found on the search path,
-- or the current schema in a database without it.
SELECT coalesce(
    (SELECT n.nspname
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = to_regclass('alembic_version')),
    current_schema());
