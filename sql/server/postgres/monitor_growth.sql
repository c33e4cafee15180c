-- How far tables are that a session makes anew, as on other servers. Here the files of an open transaction are nobody else's to see.
SELECT 0, '', '', 0, 0, '' WHERE false;
