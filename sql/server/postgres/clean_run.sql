-- The clean that is recorded: what was asked, and when it began.
SELECT before::text, tables, directory, begun::timestamp(0)::text FROM airshift_clean.run;
