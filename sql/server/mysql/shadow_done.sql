-- Item $1 is done.
INSERT IGNORE INTO airshift_done (item) VALUES ($1);
