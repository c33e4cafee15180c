-- Whether this is a replica, and who follows it. How far behind a follower is only the follower knows. $1: not used here.
WITH source AS (
         SELECT c.host, c.port, s.service_state FROM performance_schema.replication_connection_configuration c
           JOIN performance_schema.replication_connection_status s USING (channel_name) WHERE c.host <> ''),
     follower AS (SELECT count(*) AS number FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'),
     found (light, text, advice) AS (
         SELECT IF(service_state = 'ON', 'red', 'yellow'), concat('this server is a replica of ', host, ':', port, IF(service_state = 'ON', '', ', which it does not receive from at present')),
                'What is changed here the master does not know: name the master, or detach the replica (STOP REPLICA, RESET REPLICA ALL).'
           FROM source)
SELECT 'replication', light, text, advice FROM found
UNION ALL
SELECT 'replication', 'green', IF(number > 0, concat(number, ' replicas receive from this master; look there how far behind they are'), 'nobody receives from this server'), NULL
  FROM follower WHERE NOT EXISTS (SELECT 1 FROM found) AND $1 >= 0;
