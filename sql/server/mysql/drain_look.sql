-- Task instances by state: state, number, age of the oldest in seconds, one of them for a person, and how many have no
-- sign of life for five minutes. Columns that only some versions have are named without their table: where that has none,
-- the name leads out of the inner query, to the NULL of `absent`.
SELECT state, count(*), coalesce(max(timestampdiff(SECOND, since, utc_timestamp(6))), 0), max(oldest),
       count(IF(state = 'running' AND beat < utc_timestamp(6) - INTERVAL 5 MINUTE, 1, NULL))
  FROM (SELECT t.state, t.since, coalesce(t.heartbeat, j.latest_heartbeat) AS beat,
               first_value(t.shown) OVER (PARTITION BY t.state ORDER BY t.since IS NULL, t.since) AS oldest
          FROM (SELECT (SELECT json_arrayagg(json_object('state', ti.state, 'since', coalesce(ti.start_date, queued_dttm),
                                    'shown', concat(ti.dag_id, '.', ti.task_id, ' of ', coalesce(run_id, '?')),
                                    'heartbeat', last_heartbeat_at, 'job', job_id))
                          FROM task_instance AS ti WHERE ti.state IN ('running', 'queued', 'restarting', 'shutdown')) AS found
                  FROM (SELECT NULL AS run_id, NULL AS queued_dttm, NULL AS last_heartbeat_at, NULL AS job_id) AS absent) AS one
         CROSS JOIN JSON_TABLE(one.found, '$[*]' COLUMNS (state VARCHAR(20) PATH '$.state', since DATETIME(6) PATH '$.since',
                        shown TEXT PATH '$.shown', heartbeat DATETIME(6) PATH '$.heartbeat', job INT PATH '$.job')) AS t
          LEFT JOIN job AS j ON j.id = t.job) AS each_one
 GROUP BY state
 ORDER BY state = 'running' DESC, state;
