-- Whether airshift has put off this server's durability; on MySQL it never does so yet.
SELECT 'f';
