-- revision: 952da73b5eff
-- down_revision: 852ae6c715af
-- version: 1.10.10
-- title: Add ``dag_code`` table

-- upgrade

CREATE TABLE dag_code (
    fileloc_hash big_integer NOT NULL,
    fileloc      string(2000) NOT NULL,
    source_code  text NOT NULL,
    last_updated utc_timestamp(0) NOT NULL,
    CONSTRAINT dag_code_pkey PRIMARY KEY (fileloc_hash)
);
ALTER TABLE serialized_dag ALTER COLUMN fileloc_hash TYPE big_integer;
-- 56 bits of the path's SHA-1, where the old hash had 32.
UPDATE serialized_dag SET fileloc_hash = fileloc_hash(fileloc);

-- downgrade

-- The wider hash stays, as in Airflow.
DROP TABLE dag_code;
