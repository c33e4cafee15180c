#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The hand-tuned floor: how fast could anybody rewrite the big tables on this server?
# Two parallel writers, every table once, then the same indexes, keys and foreign keys
# as the real 3.3.2 leaves, two at a time. Run by run.sh.
#
#   floor.sh DATABASE REFERENCE     (REFERENCE: an empty database the real 3.3.2 migrated)
#
# Connects with PGHOST, PGPORT and PGUSER. See floor.sql for what it leaves out.

set -eu
database=$1
reference=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/airshift-floor.XXXXXX")
trap 'rm -rf "$work"' EXIT

run() {
    psql -X -q -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# Everything else that 3.3.2 does to a big table is a scan or a change of names.
tables=(task_instance task_instance_history xcom dag_run task_reschedule task_instance_note)
select=()
for table in "${tables[@]}"; do
    select+=(-t "public.$table")
done
pg_dump -d "$reference" -s -O -x --section=pre-data "${select[@]}" |
    sed 's/public\./floor./g; /^SET\|^SELECT pg_catalog\|SEQUENCE\|nextval/d; /^    \(START\|INCREMENT\|NO M\|CACHE\|AS integer\)/d' |
    awk '/^CREATE TABLE/ { on = 1 } on { print } /^\);/ { on = 0 }' >"$work/tables.sql"
pg_dump -d "$reference" -s -O -x --section=post-data "${select[@]}" |
    sed 's/public\./floor./g; /^SET\|^SELECT pg_catalog\|^--\|^[\\]/d' |
    awk 'NF { line = line " " $0 } /;$/ { print line; line = "" }' >"$work/post.sql"

run <<'SQL'
CREATE SCHEMA floor;
CREATE FUNCTION floor.uuid_v7(moment timestamptz) RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_byte(overlay(uuid_send(gen_random_uuid())
               placing substring(int8send((extract(epoch FROM moment) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
           6, 112), 'hex')::uuid $$;
SQL
run -f "$work/tables.sql"

run -v part=0 -f "$here/floor.sql" &
first=$!
run -v part=1 -f "$here/floor.sql" &
second=$!
wait "$first"
wait "$second"

# lane FILE: the statements of one file, one after another, in one session.
lane() {
    { echo "SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0;"; cat "$1"; } |
        run -f -
}

grep -v 'FOREIGN KEY' "$work/post.sql" >"$work/keys.sql"
awk 'NR % 2' "$work/keys.sql" >"$work/keys.0"
awk 'NR % 2 == 0' "$work/keys.sql" >"$work/keys.1"
lane "$work/keys.0" &
first=$!
lane "$work/keys.1" &
second=$!
wait "$first"
wait "$second"

# These two look their task instance up; then the names are exchanged.
run <<'SQL'
SET work_mem = '256MB';
INSERT INTO floor.task_reschedule (id, start_date, end_date, duration, reschedule_date, ti_id)
SELECT r.id, r.start_date, r.end_date, r.duration, r.reschedule_date, t.id
FROM public.task_reschedule r JOIN floor.task_instance t USING (dag_id, task_id, run_id, map_index);
INSERT INTO floor.task_instance_note (user_id, content, created_at, updated_at, ti_id)
SELECT n.user_id, n.content, n.created_at, n.updated_at, t.id
FROM public.task_instance_note n JOIN floor.task_instance t USING (dag_id, task_id, run_id, map_index);
BEGIN;
DROP TABLE public.task_fail;
DROP TABLE public.task_instance, public.task_instance_history, public.xcom, public.dag_run,
    public.task_reschedule, public.task_instance_note CASCADE;
ALTER TABLE floor.task_instance SET SCHEMA public;
ALTER TABLE floor.task_instance_history SET SCHEMA public;
ALTER TABLE floor.xcom SET SCHEMA public;
ALTER TABLE floor.dag_run SET SCHEMA public;
ALTER TABLE floor.task_reschedule SET SCHEMA public;
ALTER TABLE floor.task_instance_note SET SCHEMA public;
UPDATE log SET event = '' WHERE event IS NULL;
ALTER TABLE log ALTER COLUMN event SET NOT NULL;
COMMIT;
SQL

# A foreign key is checked against a table that only this migration writes.
{
    grep 'FOREIGN KEY' "$work/post.sql" | grep -v 'dag_version\|backfill' |
        sed 's/floor\./public./g'
    echo "ALTER TABLE rendered_task_instance_fields ADD CONSTRAINT rtif_ti_fkey FOREIGN KEY (dag_id, task_id, run_id, map_index) REFERENCES task_instance (dag_id, task_id, run_id, map_index) ON DELETE CASCADE;"
} >"$work/foreign.0"
cat >"$work/foreign.1" <<'SQL'
ALTER TABLE ab_user_role DROP CONSTRAINT ab_user_role_user_id_fkey, DROP CONSTRAINT ab_user_role_role_id_fkey, ADD CONSTRAINT ab_user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES ab_user (id) ON DELETE CASCADE, ADD CONSTRAINT ab_user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES ab_role (id) ON DELETE CASCADE;
SQL
lane "$work/foreign.0" &
first=$!
lane "$work/foreign.1" &
second=$!
wait "$first"
wait "$second"

# A floor that forgot an index would be too low.
indexes() {
    psql -X -q -At -d "$1" -c "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'
        AND tablename = ANY (string_to_array('${tables[*]}', ' ')) ORDER BY 1, 2"
}
if ! diff <(indexes "$reference") <(indexes "$database"); then
    echo "floor.sh: the indexes are not those of the real migration" >&2
    exit 1
fi
