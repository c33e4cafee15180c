-- revision: d03e4a635aa3
-- down_revision: d8cd3297971e
-- version: 3.0.0
-- title: Drop DAG pickling

-- upgrade

ALTER TABLE dag DROP COLUMN pickle_id;
ALTER TABLE dag DROP COLUMN last_pickled;
DROP TABLE dag_pickle;

-- downgrade

-- Airflow brings last_pickled back without a time zone.
-- @only postgres
ALTER TABLE dag ADD COLUMN last_pickled naive_timestamp;
-- @only mysql
ALTER TABLE dag ADD COLUMN last_pickled utc_timestamp(0);
ALTER TABLE dag ADD COLUMN pickle_id integer;
CREATE TABLE dag_pickle (
    id serial NOT NULL,
    pickle binary,
    created_dttm utc_timestamp,
    pickle_hash big_integer,
    CONSTRAINT dag_pickle_pkey PRIMARY KEY (id)
);
