-- Which tables are done. What is in the middle begins again: the rows that were there are gone.
SELECT table_name, 0, block, kept, 't' FROM airshift_clean_place WHERE is_done;
