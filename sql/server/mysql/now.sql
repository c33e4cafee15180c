-- The server's clock, as a literal that does not depend on settings.
SELECT date_format(utc_timestamp(6), '%Y-%m-%d %H:%i:%s.%f+00');
