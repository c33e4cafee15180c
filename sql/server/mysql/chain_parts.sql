-- The SQL of the statement that the run is in the middle of.
SELECT text FROM airshift_chain_part ORDER BY part;
