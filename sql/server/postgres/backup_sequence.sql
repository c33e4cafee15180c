-- Sets sequence $1 (quoted) to value $2, used already or not ($3).
SELECT setval($1::regclass, $2::bigint, $3::boolean);
