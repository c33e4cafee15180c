-- The restore is over.
DROP SCHEMA airshift_restore CASCADE;
