-- For each session that works while durability is deferred: nothing goes into the binary log. Replicas are made anew afterwards.
SET SESSION sql_log_bin = 0;
