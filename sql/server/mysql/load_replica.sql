-- How many seconds this replica is behind: how long ago what it applies was committed on the master. NULL where it does not
-- receive or apply anything.
SELECT IF((SELECT count(*) FROM performance_schema.replication_connection_status WHERE service_state = 'ON') = 0
          OR (SELECT count(*) FROM performance_schema.replication_applier_status WHERE service_state = 'ON') = 0, NULL,
          (SELECT greatest(0, coalesce(max(IF(applying_transaction = '', 0,
                  timestampdiff(MICROSECOND, applying_transaction_original_commit_timestamp, now(6)) / 1000000)), 0))
             FROM performance_schema.replication_applier_status_by_worker));
