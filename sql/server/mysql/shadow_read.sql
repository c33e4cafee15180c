-- The run that is recorded in the shadow database: seed, start, target, digest.
SELECT seed, run_start, target, digest FROM airshift_run;
