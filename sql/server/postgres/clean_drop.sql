-- The end of a clean.
DROP SCHEMA airshift_clean CASCADE;
