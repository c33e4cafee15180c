-- A new run: seed, start, target, digest of the plan.
INSERT INTO airshift_run (one, seed, run_start, target, digest) VALUES (1, $1, $2, $3, $4);
