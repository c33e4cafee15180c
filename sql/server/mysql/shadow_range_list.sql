-- The ranges of copy $1, in order.
SELECT number, upper_key, is_done FROM airshift_range WHERE item = $1 ORDER BY number;
