-- Whether a run of airshift deferred the server's durability and did not restore it.
SELECT to_regclass('airshift_durability.setting') IS NOT NULL;
