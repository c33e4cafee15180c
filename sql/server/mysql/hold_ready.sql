-- What keeping everybody from writing takes of the server: whether it shows who has and awaits which lock on a table, and how
-- many strong locks it grants before it lets a weaker one pass.
SELECT IF((SELECT count(*) FROM performance_schema.setup_instruments WHERE name = 'wait/lock/metadata/sql/mdl' AND enabled = 'YES') > 0
          AND (SELECT count(*) FROM performance_schema.setup_consumers WHERE name = 'global_instrumentation' AND enabled = 'YES') > 0, 't', 'f'),
       @@GLOBAL.max_write_lock_count;
