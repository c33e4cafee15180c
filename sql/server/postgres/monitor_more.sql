-- What the server counts, as in monitor_counters, but shows to pg_monitor only: a sort or a hash that outgrew its memory.
SELECT 'temporary files in use', 'bytes', coalesce(sum(size), 0), 1 FROM pg_ls_tmpdir();
