-- Everything is built again, without the rows that were set aside: nothing of it is done. In the caller's transaction.
DELETE FROM airshift_range;
DELETE FROM airshift_done WHERE item NOT LIKE 'kept index:%';
INSERT INTO airshift_done (item) VALUES ('aside');
