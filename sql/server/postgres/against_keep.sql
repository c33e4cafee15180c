-- A value for the rest of the session; not given back, for it may be long.
SELECT set_config($1, $2, false) IS NOT NULL
