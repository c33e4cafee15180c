-- Removes what a migration leaves: unused new tables, early indexes, guards, the state.
SET client_min_messages = warning;
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind = 'i' AND left(c.relname, 9) = 'airshift_' AND n.nspname NOT LIKE 'airshift%'
                   AND n.nspname NOT LIKE 'pg\_%' LOOP
        EXECUTE format('DROP INDEX %I.%I', item.nspname, item.relname);
    END LOOP;
    FOR item IN SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger
                 WHERE tgname LIKE 'airshift\_guard%' LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', item.tgname, item.relation);
    END LOOP;
END $$;
DROP SCHEMA IF EXISTS airshift_new CASCADE;
DROP SCHEMA IF EXISTS airshift CASCADE;
