-- What is done.
SELECT item FROM airshift_done;
