-- What a migration under way has done, by table and phase: done, total, unit, rows (-1: not counted), seconds since its
-- begin (-1: not begun), whether some job of it is begun and not done, whether all are done, labels of what is begun.
SELECT relation, phase, sum(done), sum(total), CASE WHEN bool_or(blocks >= 0) THEN 'blocks' ELSE 'jobs' END,
       coalesce(sum(copied) FILTER (WHERE blocks >= 0), -1),
       coalesce(extract(epoch FROM clock_timestamp() - min(started))::bigint, -1),
       bool_or(started IS NOT NULL AND finished IS NULL), bool_and(finished IS NOT NULL),
       coalesce(string_agg(label, '; ' ORDER BY number) FILTER (WHERE label <> '' AND started IS NOT NULL
                                                                   AND finished IS NULL), '')
  FROM (SELECT j.*, greatest(coalesce(j.blocks, 1), 1) AS total,
               CASE WHEN j.finished IS NOT NULL THEN greatest(coalesce(j.blocks, 1), 1)
                    WHEN j.blocks >= 0 THEN r.covered ELSE 0 END AS done,
               CASE WHEN j.finished IS NOT NULL THEN j.rows ELSE r.rows END AS copied
          FROM airshift.job AS j
         CROSS JOIN LATERAL (
               -- A position is a block number times 65536 plus a place in the block.
               SELECT coalesce(sum(least((hi + 65535) / 65536, j.blocks) - least((lo + 65535) / 65536, j.blocks)), 0) AS covered,
                      coalesce(sum(rows), 0) AS rows
                 FROM airshift.job_range WHERE job = j.id AND j.blocks >= 0) AS r) AS one
 WHERE relation IS NOT NULL
 GROUP BY relation, phase
 ORDER BY min(started) NULLS LAST, min(number);
