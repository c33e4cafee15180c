-- Schemas of a migration that was begun by a role of which this one is no member: text and advice.
SELECT format('permission denied: schema %I, which a migration has left, is not of role %I, nor of one that it is a member of',
              nspname, current_user),
       format('%I began that migration: go on with it, or give it up, as that role, or GRANT %1$I TO %I.', pg_get_userbyid(nspowner), current_user)
  FROM pg_namespace WHERE nspname IN ('airshift', 'airshift_new') AND NOT pg_has_role(nspowner, 'USAGE') ORDER BY nspname;
