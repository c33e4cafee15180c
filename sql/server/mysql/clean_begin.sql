-- A new clean: everything before $1, of the tables $2, into the directory $3 (NULL: no archive).
INSERT INTO airshift_clean_run (one, before_moment, tables, directory, begun) VALUES (1, $1, $2, $3, utc_timestamp(6));
