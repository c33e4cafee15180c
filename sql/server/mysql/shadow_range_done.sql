-- Range $2 of copy $1 is copied.
UPDATE airshift_range SET is_done = 't' WHERE item = $1 AND number = $2;
