-- The statement that makes an empty database $1 with this one's character set and collation, for a
-- backup of this one to be restored into.
SELECT concat('CREATE DATABASE "', replace($1, '"', '""'), '" CHARACTER SET ', @@character_set_database, ' COLLATE ', @@collation_database);
