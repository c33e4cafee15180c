-- Whether a migration of airshift's is recorded in this database.
SELECT to_regclass('airshift.run') IS NOT NULL;
