-- The sessions of airshift in this database, but for those that only look: id, purpose, state, seconds in it, and
-- whether it has Airflow's migration lock. With nobody of airshift's having it, whoever has it is in the list, too:
-- the lock is the whole server's. Without the privilege PROCESS only the user's own sessions are seen.
SELECT p.id, coalesce(a.attr_value, 'session'), coalesce(nullif(p.state, ''), lower(p.command), '?'), coalesce(p.time, 0),
       IF(p.id <=> is_used_lock('airflow_MIGRATIONS'), 't', 'f'), coalesce(p.user, '?')
  FROM information_schema.processlist AS p
  LEFT JOIN performance_schema.session_account_connect_attrs AS a
    ON a.processlist_id = p.id AND a.attr_name = 'program_name'
 WHERE p.id <> connection_id()
   AND (p.id <=> is_used_lock('airflow_MIGRATIONS')
        OR (p.db = database() AND a.attr_value REGEXP '^airshift: (migrate|worker [0-9]+|native|native reader|durability)$'))
 ORDER BY 5 DESC, p.id;
