-- What is this server's way: the characters that quote a text (what they enclose may be a secret), what it says of itself
-- (a replica that replays has no migration).
SELECT '''', CASE WHEN pg_is_in_recovery() THEN 'a replica' ELSE '' END;
