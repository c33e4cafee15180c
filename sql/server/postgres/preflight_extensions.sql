-- Extensions, and what else takes part in every DDL of the database: event triggers, logical replication.
WITH extension AS (SELECT string_agg(extname || ' ' || extversion, ', ' ORDER BY extname) AS names FROM pg_extension WHERE extname <> 'plpgsql'),
     found (light, text, advice) AS (
         SELECT 'yellow', format('the event trigger %s runs at each DDL statement', string_agg(quote_ident(evtname), ', ' ORDER BY evtname)),
                'It can refuse or slow down what the migration does: rehearse with it, or ALTER EVENT TRIGGER ... DISABLE for the day.'
           FROM pg_event_trigger WHERE evtenabled <> 'D' HAVING count(*) > 0
         UNION ALL
         SELECT 'yellow', format('the publication %s sends rows of Airflow''s tables', string_agg(DISTINCT quote_ident(pubname), ', ')),
                'Subscribers do not get DDL: they stop at the first row of a new form. Migrate them, too, or drop the subscription first.'
           FROM pg_publication_tables
          WHERE schemaname = (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('alembic_version'))
         HAVING count(*) > 0
         UNION ALL
         SELECT 'yellow', format('the extension %s is older than what is installed (%s, not %s)', name, installed_version, default_version),
                format('Not in the way; ALTER EXTENSION %I UPDATE on another day.', name)
           FROM pg_available_extensions WHERE installed_version <> default_version)
SELECT 'extensions', light, text, advice FROM found
UNION ALL
SELECT 'extensions', 'green', coalesce(names, 'none'), NULL FROM extension WHERE NOT EXISTS (SELECT FROM found);
