-- The statements that bring to disk what was written meanwhile, one a row. A checkpoint alone
-- is not enough: what the server wrote to files while fsync was off, it has forgotten to
-- force (manual, "fsync": run sync after turning it on). No row is written to the program,
-- which reads none: it may end first, and the write would fail with a broken pipe.
VALUES ('CHECKPOINT'), ('COPY (SELECT 1 WHERE false) TO PROGRAM ''sync >&2''');
