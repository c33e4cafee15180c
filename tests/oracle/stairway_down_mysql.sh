#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every revision from 3.3.2 down to 2.6.2 undone by itself on a real MySQL: the real chain goes
# down a step on one database, `airshift downgrade` on its twin, and tables and rows are
# compared. Then the whole way in one go, killed now and then. TAP on stdout.

set -u
# shellcheck source-path=SCRIPTDIR source=mysql_oracle.sh
. "$(dirname "$0")/mysql_oracle.sh"
first=$(awk 'NR == 1 { print $3 }' "$here"/../../sql/core/0001_*.sql)

picture() { # database
    my_url "$1" >"$work/url"
    {
        "$airshift" inspect catalog --url-file "$work/url" | grep -v '^alembic_version ' | sort
        my_rows "$1" "--ignore-table=$1.alembic_version"
    } >"$work/picture"
    grep -av '^INSERT INTO ' "$work/picture"
    # UUIDs are those that the database has.
    <"$work/picture" airflow_python 3.3.2 '' "$here/rows_mysql.py" --since 4000000000 --any-order
}

# On MySQL the real one makes a text of each conf: it pickles what the server sent, which is the
# document as text. airshift pickles the document, as the real one does on PostgreSQL.
same_conf() {
    my_sql a -e 'SELECT hex(a.conf), hex(b.conf) FROM a.dag_run AS a JOIN b.dag_run AS b USING (id) WHERE a.conf IS NOT NULL' |
        python3 -c 'import json, pickle, sys
pairs = [[pickle.loads(bytes.fromhex(conf)) for conf in line.split()] for line in sys.stdin]
print(len(pairs) > 50 and all(json.loads(real) == ours for real, ours in pairs))'
}

# A step: revision, the one below it.
undo() {
    local name="$1 undone"

    if [ "$1" = 1949afb29106 ]; then
        # The real one cannot: it makes JSON of what is encrypted.
        for database in a b; do
            # shellcheck disable=SC2016 # no command
            my_sql "$database" -e 'SET SESSION foreign_key_checks = 0; UPDATE task_instance SET trigger_id = NULL; DELETE FROM `trigger`'
        done
    fi
    if ! real_back "$2"; then
        not_ok "$name: by the real one" "$answer"
        return 1
    fi
    downgrade b "$2"
    code=$?
    if [ "$1" = e39a26ac59f6 ]; then
        is "$(same_conf)" True "$name: each conf is the document"
        my_sql b -e 'UPDATE b.dag_run AS b JOIN a.dag_run AS a USING (id) SET b.conf = a.conf'
    fi
    picture a >"$work/a"
    picture b >"$work/b"
    if [ "$(grep -c 'INSERT INTO' "$work/a")" -lt 1500 ]; then
        not_ok "$name: there are rows to compare"
    fi
    is "$code $(grep -m 1 '^error' "$work/out")$(diff "$work/a" "$work/b" | head -n 10 | cut -c 1-300)" '0 ' "$name"
    cmp -s "$work/a" "$work/b" || { my_drop b && my_copy a b; }
}

export AIRFLOW_TIMEOUT=300
mysql_oracle_begin down
fill_newest filled
# Which indexes the server made by itself is lost in a copy: all are copies.
for database in a b whole; do
    my_copy filled "$database"
done
real_start 3.3.2 a

steps=0
while read -r revision below; do
    undo "$revision" "$below" || break
    steps=$((steps + 1))
done < <(for file in $(printf '%s\n' "$here"/../../sql/core/[0-9]*.sql | sort -r); do
    case $file in *_squashed_base.sql) continue ;; esac
    awk 'NR <= 2 { printf "%s ", $3 } NR == 2 { print "" }' "$file" | grep -v ' None'
done)
if [ "$steps" -lt 120 ]; then
    not_ok 'all revisions were undone' "$steps"
fi

# In one go, from where a kill left it; the other way is refused in the middle of a revision.
below=$(awk 'NR == 2 { print $3 }' "$here"/../../sql/core/0060_*.sql)
# shellcheck disable=SC2016 # no command
my_sql whole -e 'SET SESSION foreign_key_checks = 0; UPDATE task_instance SET trigger_id = NULL; DELETE FROM `trigger`'
my_copy whole plain
downgrade plain "$below"
is "$?" 0 'a downgrade over many revisions'
picture plain >"$work/plain"
for point in chain-part:before chain-part:after chain-part:after chain-rows:commit chain-stamp:commit chain-end:before; do
    AIRSHIFT_TEST_KILL_AT=$point downgrade whole "$below"
    is "$?" 137 "$point: killed"
    if [ "$point" = chain-part:before ]; then
        "$airshift" migrate --url-file "$work/url" --to 3.3.2 --fernet-key-file "$work/key" >"$work/out" 2>&1
        like "$? $(cat "$work/out")" '^7 ' 'in the middle of a revision it does not turn round'
    fi
done
downgrade whole "$below"
is "$?" 0 'the last run arrives'
picture whole >"$work/whole"
is "$(diff "$work/plain" "$work/whole" | head -n 20)" '' 'where one without kills does'
is "$(my_sql whole -e "SHOW TABLES LIKE 'airshift%'")" '' 'and nothing of its own is left'
downgrade whole "$below"
like "$? $(cat "$work/out")" '^0 .*already' 'a second one has nothing to do'
"$airshift" downgrade --url-file "$work/url" --to "$first" --without-fab >"$work/out" 2>&1
like "$? $(cat "$work/out")" '^2 ' 'without --yes it says what goes, and does nothing'
finish_tests
