-- A moment as it is written down, whether it has passed, and as a literal to compare with; NULL where it is none.
SELECT concat(date_format(moment, '%Y-%m-%d %H:%i:%s'), IF(microsecond(moment) > 0, date_format(moment, '.%f'), ''), '+00'),
       IF(moment <= utc_timestamp(6), 't', 'f'), date_format(moment, '%Y-%m-%d %H:%i:%s.%f')
  FROM (SELECT convert_tz(CAST(replace(regexp_replace(text, '(Z|[-+][0-9]{2}(:?[0-9]{2})?)$', '', 11), 'T', ' ') AS DATETIME(6)),
                          CASE WHEN text REGEXP '[-+][0-9]{2}:[0-9]{2}$' THEN right(text, 6)
                               WHEN text REGEXP '[0-9][-+][0-9]{4}$' AND length(text) > 11 THEN concat(left(right(text, 5), 3), ':', right(text, 2))
                               WHEN text REGEXP '[0-9][-+][0-9]{2}$' AND length(text) > 11 THEN concat(right(text, 3), ':00')
                               ELSE '+00:00' END, '+00:00') AS moment
          FROM (SELECT trim($1) AS text) AS given
         WHERE text REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?(Z|[-+][0-9]{2}(:?[0-9]{2})?)?$') AS one;
