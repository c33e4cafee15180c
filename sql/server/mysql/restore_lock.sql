-- Whether this session is now the one that restores into its database.
SELECT IF(GET_LOCK(concat('airshift_restore ', left(sha2(database(), 256), 32)), 0) = 1, 't', 'f');
