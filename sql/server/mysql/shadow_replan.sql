-- The run has another plan now: its digest, number of items that several sessions share.
UPDATE airshift_run SET digest = $1, items = $2;
