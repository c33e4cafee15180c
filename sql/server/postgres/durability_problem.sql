-- Why this session cannot defer the server's durability; '' where it can.
SELECT CASE
    WHEN NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
        THEN format('role "%s" is not a superuser, and only one may change fsync', current_user)
    WHEN pg_is_in_recovery() THEN 'the server is a standby'
    WHEN EXISTS (SELECT 1 FROM pg_stat_replication) THEN 'standbys stream from the server, so it is not detached'
    ELSE coalesce((SELECT format('%s is set on the command line of the server', string_agg(name, ', ' ORDER BY name))
                     FROM pg_settings
                    WHERE name IN ('fsync', 'full_page_writes') AND setting = 'on' AND source = 'command line'
                   HAVING count(*) > 0), '')
    END;
