-- The migration under way: phase, seed, start, source, target, digest of the plan, executor,
-- and whether a table it reads was written to since it began.
SELECT phase, seed, run_start, source, target, digest, executor,
       EXISTS (SELECT 1 FROM airshift.dirty)
  FROM airshift.run;
