-- Indexes that a clean built for itself.
SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'i' AND c.relname LIKE 'airshift\_clean\_%';
