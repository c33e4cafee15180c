-- A moment as it is written down, and whether it has passed.
SELECT $1::timestamptz::text, $1::timestamptz <= clock_timestamp() AND isfinite($1::timestamptz);
