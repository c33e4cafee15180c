-- Whether this is the master, who follows it and how far behind, what its slots keep, and whether its archive works.
-- $1: from how many seconds on a lag is too long.
WITH lag AS (
         SELECT coalesce(nullif(application_name, ''), host(client_addr), 'a replica') AS who, state,
                coalesce(extract(epoch FROM replay_lag), 0) AS seconds,
                CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) END AS bytes
           FROM pg_stat_replication),
     slot AS (
         SELECT slot_name, active, wal_status, slot_type = 'logical' AND database = current_database() AS is_logical,
                CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) END AS bytes
           FROM pg_replication_slots),
     setting AS (SELECT name, setting AS value FROM pg_settings),
     used AS (SELECT (SELECT count(*) FROM pg_stat_replication) AS senders, (SELECT count(*) FROM slot) AS slots,
                     (SELECT value::bigint FROM setting WHERE name = 'max_wal_senders') AS senders_max,
                     (SELECT value::bigint FROM setting WHERE name = 'max_replication_slots') AS slots_max),
     found (position, topic, light, text, advice) AS (
         SELECT 1, 'replication', 'red', 'this server is a replica: nothing can be changed here', 'Name the master, or detach the replica (`airshift switch`).'
          WHERE pg_is_in_recovery()
         UNION ALL
         SELECT 2, 'replication', CASE WHEN seconds >= $1::float8 THEN 'red' ELSE 'yellow' END,
                format('%s (%s) is %s s and %s behind', who, state, round(seconds), pg_size_pretty(bytes)),
                'All that the migration writes goes to it, too. Let it catch up first; see what it waits for.'
           FROM lag WHERE seconds >= $1::float8 / 10 OR bytes > 1 << 28 OR state <> 'streaming'
         UNION ALL
         SELECT 3, 'replication', 'red', format('synchronous_standby_names is %L, but no synchronous standby is connected', value),
                'Every commit waits for one. Connect it, or reset the setting and reload.'
           FROM setting WHERE name = 'synchronous_standby_names' AND value <> ''
            AND NOT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AND NOT pg_is_in_recovery()
         UNION ALL
         SELECT 4, 'slots', CASE WHEN wal_status IN ('lost', 'unreserved') THEN 'red' ELSE 'yellow' END,
                CASE WHEN wal_status IN ('lost', 'unreserved') THEN format('slot %s: the WAL that it needs is not kept any more', slot_name)
                     ELSE format('slot %s: nobody reads from it, and it keeps %s of WAL', slot_name, pg_size_pretty(coalesce(bytes, 0))) END,
                format('Whatever the migration writes stays on the disk for it. Connect its reader, or drop it: SELECT pg_drop_replication_slot(%L).', slot_name)
           FROM slot WHERE NOT active OR wal_status IN ('lost', 'unreserved')
         UNION ALL
         SELECT 4, 'slots', 'yellow', format('logical slot %s: its reader does not see a migration as changes of the rows that it knows', slot_name),
                'Let it copy the tables anew afterwards. A switch does not take the slot along: then make it on the new master.'
           FROM slot WHERE is_logical
         UNION ALL
         SELECT 5, 'slots', 'yellow', format('%s of %s WAL senders and %s of %s replication slots are in use', senders, senders_max, slots, slots_max),
                'A switch needs three senders and two slots to make its replicas: raise max_wal_senders, max_replication_slots.'
           FROM used WHERE senders_max - senders < 3 OR slots_max - slots < 2
         UNION ALL
         SELECT 6, 'archive', 'red', format('archiving fails since %s (%s failures, the last with %s)', last_failed_time::timestamp(0), failed_count, last_failed_wal),
                'WAL stays on the disk until it is archived: mend archive_command first.'
           FROM pg_stat_archiver WHERE last_failed_time > coalesce(last_archived_time, '-infinity'))
SELECT topic, light, text, advice FROM (
    SELECT * FROM found
    UNION ALL SELECT 1, 'replication', 'green', CASE WHEN EXISTS (SELECT FROM lag) THEN (SELECT count(*) || ' replicas stream from this master, none behind' FROM lag)
                                                     ELSE 'this is a master, and nobody streams from it' END, NULL
              WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'replication')
    UNION ALL SELECT 5, 'slots', 'green', (SELECT format('%s of %s WAL senders, %s of %s replication slots are in use', senders, senders_max, slots, slots_max) FROM used), NULL
              WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'slots')
    UNION ALL SELECT 6, 'archive', 'green', CASE (SELECT value FROM setting WHERE name = 'archive_mode') WHEN 'off' THEN 'no WAL is archived' ELSE 'WAL is archived' END, NULL
              WHERE NOT EXISTS (SELECT FROM found WHERE topic = 'archive')) AS line
 ORDER BY position;
