-- How far the build of a migration under way is: jobs finished, rows copied, jobs.
SELECT (SELECT count(*) FROM airshift.job WHERE finished IS NOT NULL),
       (SELECT coalesce(sum(rows), 0) FROM airshift.job_range),
       (SELECT count(*) FROM airshift.job);
