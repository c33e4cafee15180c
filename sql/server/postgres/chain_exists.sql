-- Whether a run of the chain executor is recorded in this database.
SELECT to_regclass('airshift.chain') IS NOT NULL;
