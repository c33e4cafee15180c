-- A new run: seed, start, target, digest of the plan, source, number of items that several sessions share.
INSERT INTO airshift_run (one, seed, run_start, target, digest, source, items) VALUES (1, $1, $2, $3, $4, $5, $6);
