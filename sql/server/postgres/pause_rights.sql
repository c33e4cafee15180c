-- What lets this role pause, where it may not.
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user);
