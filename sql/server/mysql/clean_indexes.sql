-- Indexes that a clean built for itself: none, because each foreign key has one.
SELECT NULL FROM DUAL WHERE FALSE;
