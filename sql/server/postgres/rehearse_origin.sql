-- Which database and which server: name, version for a person.
SELECT current_database(), 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1);
