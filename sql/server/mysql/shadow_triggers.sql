-- The triggers of database $1, in the order in which they were made for each event: name, table, nothing, when, nothing, definer,
-- and the SQL mode and the collation that they run with.
SELECT trigger_name, event_object_table, NULL, concat(action_timing, ' ', event_manipulation), NULL, definer, sql_mode, collation_connection
  FROM information_schema.triggers WHERE event_object_schema = $1
 ORDER BY event_object_table, event_manipulation, action_timing, action_order;
