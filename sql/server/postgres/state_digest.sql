-- The migration under way has another plan now: digest.
UPDATE airshift.run SET digest = $1;
