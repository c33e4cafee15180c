-- What a restore notes in the database that it fills: which backup it is of, and what of it is done. It goes when all is there.
CREATE TABLE IF NOT EXISTS airshift_restore (item VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY) ENGINE = InnoDB;
