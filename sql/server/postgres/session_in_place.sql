-- A session that builds new tables on a server that others use.
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
SET work_mem = '64MB';
SET max_parallel_maintenance_workers = 1;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
