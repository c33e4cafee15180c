-- Item $1 is done.
INSERT IGNORE INTO airshift_restore (item) VALUES ($1);
