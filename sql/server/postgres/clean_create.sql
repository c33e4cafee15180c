-- What a clean remembers, written in the transactions that delete: what was asked, how far each table is, and how long
-- each file of the archive is. Beyond that length a file holds rows that are still in the database.
CREATE SCHEMA airshift_clean;
CREATE TABLE airshift_clean.run (
    before timestamptz NOT NULL,
    tables text NOT NULL,
    directory text,
    begun timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE airshift_clean.place (
    table_name text PRIMARY KEY,
    filenode oid NOT NULL, -- another one: the table was rewritten, its blocks are not what they were
    block bigint NOT NULL,
    kept bigint NOT NULL,
    is_done boolean NOT NULL
);
CREATE TABLE airshift_clean.file (
    table_name text PRIMARY KEY,
    bytes bigint NOT NULL,
    rows bigint NOT NULL
);
