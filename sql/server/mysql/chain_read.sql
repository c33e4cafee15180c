-- The run that was broken off: seed, start, whether it is direct, revision (empty between two), statement, part.
SELECT seed, run_start, is_direct, coalesce(revision, ''), statement, part FROM airshift_chain;
