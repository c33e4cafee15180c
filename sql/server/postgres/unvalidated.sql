-- Statements that validate what a swap added as NOT VALID (foreign keys of Airflow's tables).
SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname)
  FROM pg_constraint
 WHERE NOT convalidated AND contype = 'f' AND coalesce((to_jsonb(pg_constraint) ->> 'conenforced')::boolean, true)
   AND connamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('alembic_version'));
