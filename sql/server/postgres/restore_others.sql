-- Ends the sessions that pg_restore has in the session's database, and says how many there were.
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_restore' AND pid <> pg_backend_pid();
