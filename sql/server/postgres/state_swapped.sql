-- In the swap's own transaction: the database is at the new version.
UPDATE airshift.run SET phase = 'swapped';
