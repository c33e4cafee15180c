-- What makes the temporary table $1 quick to look into: its column is "grouped".
SELECT concat('ALTER TABLE ', $1, ' ADD INDEX (grouped)');
