-- Whether a run of airshift deferred the server's durability and did not restore it. In a database of its own, because it
-- concerns the whole server.
SELECT IF(EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = 'airshift_durability' AND table_name = 'setting'), 't', 'f');
