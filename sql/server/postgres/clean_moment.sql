-- A moment as it is written down, whether it has passed, and as a literal to compare with.
SELECT $1::timestamptz::text, $1::timestamptz <= clock_timestamp() AND isfinite($1::timestamptz), $1::timestamptz::text;
