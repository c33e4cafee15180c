-- Bytes of WAL so far, bytes of the database, bytes of temporary files (-1: not for this role).
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,
       pg_database_size(current_database()),
       CASE WHEN has_function_privilege('pg_ls_tmpdir()', 'EXECUTE')
            THEN (SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_tmpdir())
            ELSE -1 END;
