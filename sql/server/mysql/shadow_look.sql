-- What there is of the shadow databases $1 (new tables) and $2 (old tables): the new one, how many tables it has, whether
-- airshift made it, whether its tables were swapped in; the old one, how many tables it has.
SELECT IF(EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = $1), 't', 'f'),
       (SELECT count(*) FROM information_schema.tables WHERE table_schema = $1),
       IF(EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'airshift_run'), 't', 'f'),
       IF(EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'airshift_swapped'), 't', 'f'),
       IF(EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = $2), 't', 'f'),
       (SELECT count(*) FROM information_schema.tables WHERE table_schema = $2);
