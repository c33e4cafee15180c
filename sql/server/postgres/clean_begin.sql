-- A new clean: everything before $1, of the tables $2, into the directory $3 (NULL: no archive).
INSERT INTO airshift_clean.run (before, tables, directory) VALUES ($1::timestamptz, $2, $3);
