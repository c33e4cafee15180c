-- The schema that remembers a migration under way. Dropped at its end.
CREATE SCHEMA IF NOT EXISTS airshift;
CREATE TABLE IF NOT EXISTS airshift.run (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    phase text NOT NULL,
    seed text NOT NULL,
    run_start text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    digest text NOT NULL,
    executor text NOT NULL,
    started timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS airshift.dirty (relation oid PRIMARY KEY);
CREATE TABLE IF NOT EXISTS airshift.verified (
    relation text NOT NULL,
    expected_rows bigint NOT NULL,
    actual_rows bigint NOT NULL,
    is_equal boolean NOT NULL);
-- Live rows that --quarantine takes out of the migration, by their place. What is built leaves
-- them out once they are applied.
CREATE TABLE IF NOT EXISTS airshift.aside (
    relation text NOT NULL,
    place tid NOT NULL,
    reason text NOT NULL,
    is_applied boolean NOT NULL DEFAULT false,
    PRIMARY KEY (relation, place));
-- Called by triggers on the tables that a build reads: a write after a kill makes the build
-- worthless, and this is how the next run knows.
CREATE OR REPLACE FUNCTION airshift.mark_dirty() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO airshift.dirty VALUES (TG_RELID) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
