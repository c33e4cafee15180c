-- Waits until the second in which a run began ($1) is over: when a table was written to, the server knows to the second, so that
-- whatever is written after the hold can be told from what was there before it.
DO sleep(greatest(0, timestampdiff(MICROSECOND, now(6), CAST(left($1, 19) AS DATETIME) + INTERVAL 1 SECOND)) / 1000000);
