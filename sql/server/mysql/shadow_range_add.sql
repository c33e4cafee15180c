-- Range $2 of copy $1 ends at the key $3 (NULL: at the end of the table).
INSERT INTO airshift_range (item, number, upper_key) VALUES ($1, $2, $3);
