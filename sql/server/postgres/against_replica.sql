-- Whether no temporary tables can be made here.
SELECT pg_is_in_recovery()
