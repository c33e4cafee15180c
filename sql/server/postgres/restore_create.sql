-- What a restore notes in the database that it fills: which backup it is of, and what of it is done. It goes when all is there.
CREATE SCHEMA IF NOT EXISTS airshift_restore;
CREATE TABLE IF NOT EXISTS airshift_restore.done (item text PRIMARY KEY);
