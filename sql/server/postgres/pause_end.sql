-- All is given back: the memory goes.
DROP SCHEMA airshift_operator CASCADE;
