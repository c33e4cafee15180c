-- A trigger that has to come through: number, name, table, the new table (NULL: there is none), when, body, definer, SQL mode, collation.
INSERT INTO airshift_trigger (number, name, table_name, target, moment, body, definer, sql_mode, collation)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
