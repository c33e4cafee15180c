-- What it means that this server's durability is deferred.
SELECT concat('if ', IF(EXISTS (SELECT 1 FROM airshift_durability.setting WHERE name = 'redo_log'), 'this server or its machine', 'the machine of this server'),
              ' fails before the end, throw the server away', IF(@@GLOBAL.log_bin, '; the migration is not in its binary log, so make its replicas anew', ''));
