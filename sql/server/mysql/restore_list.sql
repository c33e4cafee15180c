-- What is done.
SELECT item FROM airshift_restore ORDER BY 1;
