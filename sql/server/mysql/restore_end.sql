-- The restore is over.
DROP TABLE airshift_restore;
