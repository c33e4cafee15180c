-- The run that was broken off: seed, start, whether it is direct, revision (empty between two), statement, part, whether it
-- is a downgrade.
SELECT seed, run_start, is_direct, coalesce(revision, ''), statement, part, goes_back FROM airshift_chain;
