# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# writers_mysql.sh - sessions that go on writing to a MySQL database while it is migrated, each
# transaction to two tables, and the ledger of what the server said yes to. Source it after
# mysql.sh and tap.sh; $work is a directory.

# One transaction after the other, in another order each time, with a table read before it or not.
writer() { # database writer's-number
    local i=0 number first second
    while [ -e "$work/writing" ]; do
        number=$(($2 * 1000000 + ++i))
        first="INSERT INTO log (dttm, event, owner) VALUES (now(6), '$number', 'writer')"
        second="INSERT INTO variable (\`key\`, val, is_encrypted) VALUES ('$number', 'writer', 0)"
        case $((RANDOM % 3)) in
        0) first="$second; $first" second='DO 0' ;;
        1) first="SELECT count(*) FROM dag_run; $first" ;;
        esac
        if my_sql "$1" -e "START TRANSACTION; $first; $second; COMMIT" >/dev/null 2>>"$work/writer_errors"; then
            echo "$number" >>"$work/acknowledged.$2"
        fi
    done
}

writers_begin() { # database number
    local i
    rm -f "$work"/acknowledged.* "$work/writer_errors"
    : >"$work/writing"
    writer_pids=()
    for ((i = 1; i <= $2; i++)); do
        writer "$1" "$i" &
        writer_pids+=($!)
    done
}

writers_end() {
    rm -f "$work/writing"
    wait "${writer_pids[@]}"
}

acknowledged() { cat "$work"/acknowledged.* 2>/dev/null | wc -l; }
more_than() { [ "$(acknowledged)" -gt "$1" ]; }
# The writers get on: two more of theirs are written.
writers_go_on() { # seconds
    local before
    before=$(acknowledged)
    await "$1" more_than $((before + 1))
}

# What was acknowledged is in both tables, and nothing is in one alone.
ledger_is_complete() { # database name
    my_sql "$1" -e "SELECT event FROM log WHERE owner = 'writer'" | sort >"$work/in_log"
    my_sql "$1" -e "SELECT \`key\` FROM variable WHERE val = 'writer'" | sort >"$work/in_variable"
    cat "$work"/acknowledged.* | sort >"$work/acknowledged"
    is "$(comm -23 "$work/acknowledged" "$work/in_log" | wc -l) $(diff "$work/in_log" "$work/in_variable" | head -n 3)" '0 ' \
        "$2: all that was acknowledged is there, and nothing by half"
    if [ "$(wc -l <"$work/acknowledged")" -lt 10 ]; then
        not_ok "$2: somebody wrote"
    fi
}

# --- triggers -------------------------------------------------------------------------------

# Each row that is written has one in the audit; one table has foreign keys, and two triggers for one event. Constraints of these tables
# have names of their own, one of as many characters as there can be.
audit_begin() { # database
    my_sql "$1" <<'SQL'
CREATE TABLE audit (id BIGINT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(16) NOT NULL, number VARCHAR(64) NOT NULL);
CREATE TRIGGER audit_log AFTER INSERT ON log FOR EACH ROW INSERT INTO audit (kind, number) VALUES ('log', NEW.event);
CREATE TRIGGER `audit ``variable` AFTER INSERT ON variable FOR EACH ROW INSERT INTO audit (kind, number)
    SELECT 'variable', NEW.`key` FROM DUAL WHERE NEW.val = 'writer';
CREATE TRIGGER second BEFORE UPDATE ON task_instance FOR EACH ROW SET NEW.hostname = concat(NEW.hostname, '2');
CREATE TRIGGER first BEFORE UPDATE ON task_instance FOR EACH ROW PRECEDES second SET NEW.hostname = concat(NEW.hostname, '1');
INSERT IGNORE INTO slot_pool (pool, slots, include_deferred) VALUES ('p', 1, 0);
ALTER TABLE task_instance ADD CONSTRAINT kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk FOREIGN KEY (pool) REFERENCES slot_pool (pool);
ALTER TABLE log ADD CONSTRAINT `sane ``"one` CHECK (extra IS NULL OR extra <> '"never", `never`'), ADD CONSTRAINT log_chk_own CHECK (owner <> 'nobody');
ALTER TABLE variable ADD CONSTRAINT unenforced CHECK (val <> 'never') NOT ENFORCED;
SQL
}

triggers_of() { # database
    my_sql "$1" -e "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement, definer,
        sql_mode, collation_connection FROM information_schema.triggers WHERE trigger_schema = '$1' ORDER BY 1"
}

# Those that audit_begin made; a text in the table's own character set may say so or not.
constraints_of() { # database
    my_sql "$1" -e "SELECT t.table_name, t.constraint_name, t.enforced, regexp_replace(c.check_clause, '_(latin1|utf8mb[34])', ''), k.column_name, k.referenced_table_name
          FROM information_schema.table_constraints AS t
          LEFT JOIN information_schema.check_constraints AS c ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name
          LEFT JOIN information_schema.key_column_usage AS k ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name
         WHERE t.constraint_schema = '$1' AND (t.constraint_name IN ('log_chk_own', 'unenforced', repeat('k', 64)) OR t.constraint_name LIKE 'sane%' OR t.constraint_name LIKE 'airshift%') ORDER BY 1, 2"
}

# Whatever is there fired its trigger once, and no trigger fired for what is not.
audit_is_exact() { # database name
    is "$(my_sql "$1" -e "
        SELECT w.kind, w.number, count(a.id) FROM (SELECT 'log' AS kind, event AS number FROM log WHERE owner = 'writer'
               UNION ALL SELECT 'variable', \`key\` FROM variable WHERE val = 'writer') AS w
          LEFT JOIN audit AS a ON a.kind = w.kind AND a.number = w.number GROUP BY w.kind, w.number HAVING count(a.id) <> 1 LIMIT 3;
        SELECT kind, number FROM audit WHERE (kind = 'log' AND number NOT IN (SELECT event FROM log))
            OR (kind = 'variable' AND number NOT IN (SELECT \`key\` FROM variable)) LIMIT 3")" '' \
        "$2: each write has fired its trigger once"
}
