-- Records a new migration: seed, start, source, target, digest, executor.
INSERT INTO airshift.run (phase, seed, run_start, source, target, digest, executor)
VALUES ('build', $1, $2, $3, $4, $5, $6);
