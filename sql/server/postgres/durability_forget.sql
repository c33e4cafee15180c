-- Durability is restored.
SET client_min_messages = warning;
DROP SCHEMA airshift_durability CASCADE;
