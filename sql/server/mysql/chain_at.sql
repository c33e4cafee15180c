-- The run is before part $3 of statement $2 of revision $1.
UPDATE airshift_chain SET revision = $1, statement = $2, part = $3;
