-- The clean that is recorded: what was asked, and when it began.
SELECT before_moment, tables, directory, date_format(begun, '%Y-%m-%d %H:%i:%s') FROM airshift_clean_run;
