-- Whether a clean is recorded, one that was interrupted or is under way.
SELECT to_regclass('airshift_clean.run') IS NOT NULL;
