#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mysql_catalog.t - the tables of a MySQL database as airshift reads them, with all that
# Airflow does not make but people do: odd names and defaults, indexes on expressions and on
# beginnings, checks, generated columns, triggers, views, keys from another database. The real
# Airflow's tables are tests/oracle/mysql_catalog.sh's subject. TAP on stdout.

set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib/mysql.sh
. "$here/../lib/mysql.sh"
# shellcheck source-path=SCRIPTDIR source=../lib/tap.sh
. "$here/../lib/tap.sh"
airshift=${AIRSHIFT:-${top_builddir:-.}/build/airshift}
export LC_ALL=C TAP_LINES=60
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-catalog.XXXXXX")
trap 'my_stop_all; rm -rf "$work"' EXIT

# shellcheck disable=SC2119 # no settings
my_start || { not_ok 'a server starts'; finish_tests; exit 1; }
my_create airflow
my_create other
my_sql airflow <<'EOF'
CREATE TABLE parent (
    id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code VARCHAR(250) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin NOT NULL,
    tail VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_general_cs,
    big BIGINT UNSIGNED, flag TINYINT(1) DEFAULT 1, amount DECIMAL(10, 2) DEFAULT -1.50,
    said VARCHAR(20) DEFAULT 'it''s', path VARCHAR(20) DEFAULT 'a\\b', nothing VARCHAR(5) DEFAULT '',
    made CHAR(36) DEFAULT (uuid()), text_default VARCHAR(20) DEFAULT (concat('a', _utf8mb4'b''c')),
    changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'when',
    doubled BIGINT AS (flag * 2) VIRTUAL,
    UNIQUE KEY code_tail (code, tail), UNIQUE KEY by_code (code), UNIQUE KEY start_of_tail (tail(10)),
    KEY lowered ((lower(code))), KEY hidden (big) INVISIBLE, FULLTEXT KEY words (said),
    CONSTRAINT amount_is_small CHECK (amount < 100 AND said IN ('it''s', 'x')),
    CONSTRAINT loose CHECK (flag IN (0, 1)) NOT ENFORCED
) COLLATE utf8mb4_0900_ai_ci;
CREATE TABLE `odd "one` (
    `select` INT NOT NULL, `a"b` INT, parent_code VARCHAR(250) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin,
    parent_id INT, PRIMARY KEY (`a"b`, `select`), KEY mine (parent_id, `select` DESC),
    CONSTRAINT by_id FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE SET NULL ON UPDATE CASCADE,
    CONSTRAINT by_code FOREIGN KEY (parent_code) REFERENCES parent (code) ON DELETE RESTRICT
);
CREATE TABLE parts (a INT NOT NULL PRIMARY KEY) PARTITION BY HASH (a) PARTITIONS 2;
CREATE TABLE other.child (id INT, CONSTRAINT from_outside FOREIGN KEY (id) REFERENCES airflow.parent (id));
CREATE TRIGGER noted BEFORE UPDATE ON parent FOR EACH ROW SET NEW.big = 1;
CREATE VIEW other.watch AS SELECT code FROM airflow.parent;
CREATE USER reader@localhost; GRANT SELECT ON airflow.parent TO reader@localhost;
EOF
cat >"$work/expected" <<'EOF'
odd "one column a"b int NOT NULL
odd "one column parent_code varchar(250) COLLATE utf8mb3_bin
odd "one column parent_id int
odd "one column select int NOT NULL
odd "one constraint PRIMARY PRIMARY KEY ("a""b", "select")
odd "one constraint by_code FOREIGN KEY ("parent_code") REFERENCES "parent" ("code") ON DELETE RESTRICT
odd "one constraint by_id FOREIGN KEY ("parent_id") REFERENCES "parent" ("id") ON UPDATE CASCADE ON DELETE SET NULL
odd "one index by_code btree (parent_code) implied
odd "one index mine btree (parent_id, select DESC)
odd "one table
parent column amount decimal(10,2) DEFAULT -1.50
parent column big bigint unsigned
parent column changed timestamp(6) NOT NULL DEFAULT current_timestamp(6)
parent column code varchar(250) COLLATE utf8mb3_bin NOT NULL
parent column doubled bigint generated
parent column flag tinyint(1) DEFAULT 1
parent column id int NOT NULL counts
parent column made char(36) DEFAULT uuid()
parent column nothing varchar(5) DEFAULT 
parent column path varchar(20) DEFAULT a\b
parent column said varchar(20) DEFAULT it's
parent column tail varchar(50) COLLATE latin1_general_cs
parent column text_default varchar(20) DEFAULT concat('a', 'b''c')
parent constraint PRIMARY PRIMARY KEY ("id")
parent constraint amount_is_small CHECK (amount < 100 AND said IN ('it''s', 'x'))
parent constraint by_code UNIQUE ("code")
parent constraint code_tail UNIQUE ("code", "tail")
parent constraint loose CHECK (flag IN (0, 1))
parent foreign key from another schema from_outside
parent grant 'reader'@'localhost'
parent index hidden btree (big)
parent index lowered btree (lower(code))
parent index start_of_tail UNIQUE btree (mysql_prefix(tail, 10))
parent index words fulltext (said)
parent invisible index hidden
parent on update changed
parent table
parent trigger noted
parent view other.watch
parts column a int NOT NULL
parts constraint PRIMARY PRIMARY KEY ("a")
parts partitions parts
parts table
EOF
my_url airflow >"$work/url"
"$airshift" inspect catalog --url-file "$work/url" 2>&1 | sort >"$work/found"
is "$(diff "$work/expected" "$work/found")" '' 'all of it is read'

# A user who owns this database and nothing else sees the same, but for what is elsewhere.
my_sql mysql -e "CREATE USER plain@'%' IDENTIFIED BY 'secret'; GRANT ALL ON airflow.* TO plain@'%'"
echo "mysql://plain:secret@127.0.0.1:$MYT_PORT/airflow" >"$work/url"
"$airshift" inspect catalog --url-file "$work/url" 2>&1 | sort >"$work/found"
is "$(diff "$work/expected" "$work/found" | grep '^[<>]')" "< parent foreign key from another schema from_outside
< parent grant 'reader'@'localhost'
< parent view other.watch" 'by a user without privileges outside, too'

# The server's modes and character sets are not the session's.
my_sql mysql -e "SET GLOBAL sql_mode = '', GLOBAL group_concat_max_len = 4, GLOBAL character_set_server = latin1"
my_url airflow >"$work/url"
"$airshift" inspect catalog --url-file "$work/url" 2>&1 | sort >"$work/found"
is "$(diff "$work/expected" "$work/found")" '' 'on a server with other settings, too'
finish_tests
