-- The end of a clean.
DROP TABLE IF EXISTS airshift_clean_run, airshift_clean_place, airshift_clean_file;
