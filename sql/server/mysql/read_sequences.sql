-- MySQL has no sequences: a column counts by itself.
SELECT NULL, NULL, NULL, NULL, NULL FROM DUAL WHERE $1 IS NULL;
