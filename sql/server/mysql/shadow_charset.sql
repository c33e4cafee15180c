-- What a database is made like: character set and collation of database $1.
SELECT default_character_set_name, default_collation_name FROM information_schema.schemata WHERE schema_name = $1;
