-- A run that turns round between two revisions: as in chain_begin.
UPDATE airshift_chain SET is_direct = $1, goes_back = $2;
