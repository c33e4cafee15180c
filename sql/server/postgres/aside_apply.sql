-- Takes the rows that were set aside out of the migration, and removes what was built with
-- them. Early indexes of tables that stay are as good as before; where such a table is built
-- anew instead, they go with the old one.
UPDATE airshift.aside SET is_applied = true WHERE NOT is_applied;
ANALYZE airshift.aside;
DROP SCHEMA IF EXISTS airshift_new CASCADE;
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT relname FROM pg_class WHERE relnamespace = 'airshift'::regnamespace
                   AND relkind = 'r' AND left(relname, 7) = 'native_' LOOP
        EXECUTE format('DROP TABLE airshift.%I', item.relname);
    END LOOP;
END $$;
DELETE FROM airshift.verified;
DELETE FROM airshift.job_range;
DELETE FROM airshift.job WHERE id NOT LIKE 'early index:%' OR finished IS NULL;
