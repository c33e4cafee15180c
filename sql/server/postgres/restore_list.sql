-- What is done.
SELECT item FROM airshift_restore.done ORDER BY 1;
