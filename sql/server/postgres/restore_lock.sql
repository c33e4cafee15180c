-- Whether this session is now the one that restores into its database.
SELECT pg_try_advisory_lock(x'61697273'::integer, 0);
