-- What lets this user pause, where it may not.
SELECT concat('GRANT SELECT, INSERT, UPDATE, CREATE, DROP ON `', replace(database(), '`', '``'), '`.* TO ''',
              replace(substring_index(current_user(), '@', 1), '''', ''''''), '''@''', substring_index(current_user(), '@', -1), '''');
