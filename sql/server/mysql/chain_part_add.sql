-- Notes part $1 of a statement, with its SQL.
INSERT INTO airshift_chain_part (part, text) VALUES ($1, $2);
