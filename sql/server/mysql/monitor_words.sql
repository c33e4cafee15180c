-- What is this server's way: the characters that quote a text (what they enclose may be a secret), what it says of itself
-- (on a replica nobody migrates).
SELECT '''"', IF(EXISTS (SELECT 1 FROM performance_schema.replication_applier_status WHERE service_state = 'ON'), 'a replica', '');
