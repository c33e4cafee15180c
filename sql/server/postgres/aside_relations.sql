-- The live tables of which rows are set aside: how many are applied, and how many not yet.
SELECT relation, count(*) FILTER (WHERE is_applied), count(*) FILTER (WHERE NOT is_applied)
  FROM airshift.aside GROUP BY relation ORDER BY relation;
