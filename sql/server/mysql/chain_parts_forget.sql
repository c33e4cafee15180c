-- The statement is done.
DELETE FROM airshift_chain_part;
