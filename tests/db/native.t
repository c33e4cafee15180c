#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# native.t - side tables of native functions, filled on a real PostgreSQL in a temporary
# directory: what is in them, on one session and on two, errors, memory. TAP on stdout.
#
# NATIVE_DRIVER names the driver (default: next to the build directory's tests/db), PG_CONFIG
# the pg_config of the server to use, NATIVE_TEST_PORT the port. Exit code 77 without a server.

set -u
driver=${NATIVE_DRIVER:-${top_builddir:-.}/tests/db/native_driver}
port=${NATIVE_TEST_PORT:-55560}
bin=$("${PG_CONFIG:-pg_config}" --bindir 2>/dev/null) || bin=
if [ ! -x "$bin/initdb" ] || [ ! -x "$driver" ]; then
    echo "1..0 # SKIP no PostgreSQL server or no driver"
    exit 77
fi
export LC_ALL=C PGHOST PGPORT=$port PGUSER=postgres PGDATABASE=native
unset PGPASSWORD PGSERVICE PGOPTIONS

dir=$(mktemp -d "${TMPDIR:-/tmp}/airshift-native.XXXXXX")
PGHOST=$dir
url="postgresql://postgres@/native?host=$dir&port=$port"
as_server() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as_server() { runuser -u postgres -- "$@"; }
fi
ctl() {
    as_server "$bin/pg_ctl" -D "$dir/data" -w -t 120 -l "$dir/server.log" \
        -o "-p $port -k '$dir' -c listen_addresses= -c fsync=off" "$@" >"$dir/ctl.log" 2>&1
}
cleanup() {
    ctl -m immediate stop
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

count=0
failed=0
is() { # description, got, wanted
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
        return
    fi
    echo "not ok $count - $1"
    printf '# got "%s"\n# wanted "%s"\n' "$2" "$3"
    sed 's/^/# /' "$dir/out" | tail -n 5
    failed=1
}
says() { # description, pattern
    is "$1" "$(grep -Eqe "$2" "$dir/out" && echo yes)" yes
}
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
run() { # function, arguments (SQL), FROM ..., options
    local function=$1 gather=$2 relation=$3
    shift 3
    "$driver" "$url" "$function" "airshift.\"native_$function\"" \
        "SELECT DISTINCT $gather FROM $relation" "$@" >"$dir/out" 2>"$dir/errors"
    status=$?
    cat "$dir/errors" >>"$dir/out"
}
# What lower.c makes of a call with these arguments.
digest() {
    local argument text=''
    for argument in "$@"; do
        text="$text${text:+ || }coalesce(md5(($argument)::text), '-')"
    done
    echo "$text"
}
calls() {
    local argument columns='' number=1
    for argument in "$@"; do
        columns="$columns$argument AS a$number, "
        number=$((number + 1))
    done
    echo "$columns$(digest "$@") AS digest"
}
table() { # function, type
    echo "CREATE TABLE airshift.native_$1 (digest text PRIMARY KEY, output $2, problem text, example text);"
}

as_server "$bin/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 \
    >"$dir/init.log" 2>&1
ctl start || { cat "$dir/ctl.log"; echo "Bail out! no server"; exit 1; }
sql -d postgres -c "CREATE DATABASE native"
sql -c "CREATE SCHEMA airshift;
    $(table unpickle_json jsonb) $(table encrypt_kwargs text) $(table decrypt_kwargs text)
    $(table pickle_json bytea) $(table deadline_alerts json) $(table dag_hash_with_deadline text)
    $(table compressed_with_deadline bytea) $(table serialized_dag_v2 bytea)
    $(table has_deadline_ids boolean)"

# --- pickles, both ways
sql -c "CREATE TABLE dag_run (id int, conf bytea);
    INSERT INTO dag_run VALUES
    (1, NULL), (2, '\x80057D942E'), (3, '\x80027d71015501614b05732e'), (4, '\x80027d71015501614b05732e'),
    (5, '\x'), (6, '\x80'), (7, '\x8005952a000000'), (8, '\x5803000000eda0802e'),
    (9, '\x80028c0961095c0a7e27225c782e')"
for how in "" same=1; do
    run unpickle_json "$(calls conf)" dag_run $how
    is "unpickle_json ends well (${how:-two sessions})" "$status" 0
    is "each value once" "$(sql -c "SELECT count(*), count(output), count(problem), count(example)
        FROM airshift.native_unpickle_json")" "8|3|4|0"
    is "the right ones" "$(sql -c "SELECT string_agg(concat(id, '=', output, CASE WHEN problem IS NOT NULL
        THEN '!' END), ' ' ORDER BY id) FROM dag_run AS d JOIN airshift.native_unpickle_json AS n
        ON n.digest = $(digest conf)")" '1= 2={} 3={"a": 5} 4={"a": 5} 5=! 6=! 7=! 8=! 9="a\t\\\n~'"'"'\"\\x"'
done
sql -c "TRUNCATE dag_run" -c "INSERT INTO dag_run
    SELECT i, decode('8002580a000000', 'hex') || decode(lpad(i::text, 10, '0'), 'escape') || '\x2e'
    FROM generate_series(1, 20000) AS i"
run unpickle_json "$(calls conf)" dag_run
is "what was there is gone, 20000 values are there" "$status $(sql -c "SELECT count(*),
    count(DISTINCT output), count(problem) FROM airshift.native_unpickle_json")" "0 20000|20000|0"

sql -c "CREATE TABLE conf (id int, conf jsonb); INSERT INTO conf VALUES
    (1, 'null'), (2, '{}'), (3, '{\"ab\": \"ab\", \"x\": [1, 1.50]}'), (4, NULL), (5, '1e400')"
run pickle_json "$(calls conf)" conf
is "pickle_json" "$status $(sql -c "SELECT string_agg(concat(id, '=', encode(output, 'hex')), ' ' ORDER BY id)
    FROM conf AS c JOIN airshift.native_pickle_json AS n ON n.digest = $(digest conf) WHERE id < 5")" \
    "0 1=80054e2e 2=80057d942e 3=80059522000000000000007d94288c017894$(
    )5d94284b01473ff8000000000000658c026162948c02616294752e 4="
sql -c "INSERT INTO dag_run SELECT -id, output FROM conf AS c JOIN airshift.native_pickle_json AS n
    ON n.digest = $(digest conf) WHERE output IS NOT NULL"
run unpickle_json "$(calls conf)" "dag_run WHERE id < 0"
is "and back" "$status $(sql -c "SELECT count(*) FROM dag_run AS d
    JOIN airshift.native_unpickle_json AS n ON n.digest = $(digest d.conf)
    JOIN conf AS c ON c.id = -d.id AND c.conf = n.output")" "0 4"

# --- arguments of triggers
key=cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=
other=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
plain='{"__var": {"a": 1, "b": "\\u00e9"}, "__type": "dict"}'
sql -c "CREATE TABLE trigger (id int, kwargs json)" \
    -c "INSERT INTO trigger VALUES (1, '$plain'), (2, '{\"__var\": {}, \"__type\": \"dict\"}')"
run encrypt_kwargs "$(calls "kwargs::text")" trigger keys=$key,$other
is "encrypt_kwargs" "$status $(sql -c "SELECT count(*), bool_and(output LIKE 'gAAAAA%')
    FROM airshift.native_encrypt_kwargs")" "0 2|t"
sql -c "CREATE TABLE stored AS SELECT id, output AS kwargs FROM trigger JOIN airshift.native_encrypt_kwargs AS n
    ON n.digest = $(digest "kwargs::text")"
run decrypt_kwargs "$(calls kwargs)" stored keys=$other,$key
is "decrypt_kwargs" "$status $(sql -c "SELECT output FROM stored JOIN airshift.native_decrypt_kwargs AS n
    ON n.digest = $(digest kwargs) WHERE id = 1")" "0 $plain"
run decrypt_kwargs "$(calls kwargs)" stored keys=$other
is "a wrong key is an error" "$status" 8
says "it says which value" "error : the value with the digest [0-9a-f]{32}: the Fernet token was made with another key"
says "and what to do" "hint: Put the key"
is "and nothing was changed" "$(sql -c "SELECT count(*) FROM airshift.native_decrypt_kwargs")" 2
run decrypt_kwargs "$(calls kwargs)" stored
is "so is none" "$status" 8
run decrypt_kwargs "$(calls kwargs)" stored keys=$other quarantine=1
is "a wrong key is one with quarantine, too" "$status" 8
sql -c "INSERT INTO stored VALUES (3, 'gAAAAABdamaged'), (4, 'nonsense')"
run decrypt_kwargs "$(calls kwargs)" stored keys=$key
is "so is a damaged value" "$status" 8
run decrypt_kwargs "$(calls kwargs)" stored keys=$key quarantine=1
is "with quarantine it is a problem" "$status $(sql -c "SELECT string_agg(concat(id, output IS NULL, problem IS NULL),
    ' ' ORDER BY id) FROM stored JOIN airshift.native_decrypt_kwargs AS n ON n.digest = $(digest kwargs)")" \
    "0 1ft 2ft 3tf 4tf"

# --- serialized DAGs
packed=$(printf '%s' '{"dag": {"deadline": {"__var": {"reference": {"b": 1, "a": 2}, "interval": "5", "callback": "c"}}}, "__version": 3}' |
    python3 -c 'import sys, zlib; print(zlib.compress(sys.stdin.buffer.read()).hex())' 2>/dev/null)
if [ -n "$packed" ]; then
    sql -c "CREATE TABLE serialized_dag (id int, data jsonb, data_compressed bytea); INSERT INTO serialized_dag VALUES
        (1, '{\"dag\": {\"deadline\": [{\"reference\": 1, \"interval\": 2, \"callback\": 3}, {\"no\": 1}]}}', NULL),
        (2, NULL, '\x$packed'), (3, '{\"dag\": {\"deadline\": [\"id\"]}}', ''), (4, NULL, '\x00'), (5, '{\"dag\": {}}', NULL)"
    run deadline_alerts "$(calls data data_compressed)" serialized_dag
    is "deadline_alerts" "$status $(sql -c "SELECT string_agg(concat(id, '=', output, problem), ' ' ORDER BY id) FROM serialized_dag
        JOIN airshift.native_deadline_alerts AS n ON n.digest = $(digest data data_compressed)")" \
        '0 1=[{"reference": 1, "interval": 2.0, "callback": 3}]some of its deadline alerts are not usable '`
        `'2=[{"reference": {"a": 2, "b": 1}, "interval": 5.0, "callback": "c"}] 3=[] 4=the compressed data is truncated 5=[]'
    run has_deadline_ids "$(calls data data_compressed)" serialized_dag
    is "has_deadline_ids" "$status $(sql -c "SELECT string_agg(concat(id, output), ' ' ORDER BY id) FROM serialized_dag
        JOIN airshift.native_has_deadline_ids AS n ON n.digest = $(digest data data_compressed)")" "0 1f 2f 3t 4 5f"
    ids="json_build_array('y', 'x')"
    "$driver" "$url" dag_hash_with_deadline airshift.native_dag_hash_with_deadline \
        "(SELECT DISTINCT ON ($(digest data data_compressed "$ids")) $(calls data data_compressed "$ids")
          FROM serialized_dag WHERE id IN (1, 2))" >"$dir/out" 2>&1
    is "dag_hash_with_deadline" "$? $(sql -c "SELECT string_agg(concat(id, output), ' ' ORDER BY id) FROM serialized_dag
        JOIN airshift.native_dag_hash_with_deadline AS n ON n.digest = $(digest data data_compressed "$ids")")" \
        "0 1$(printf '%s' '{"dag": {"deadline": ["x", "y"]}}' | md5sum | cut -c1-32) $(
        )2$(printf '%s' '{"__version": 3, "dag": {"deadline": ["x", "y"]}}' | md5sum | cut -c1-32)"
    "$driver" "$url" compressed_with_deadline airshift.native_compressed_with_deadline \
        "SELECT $(calls data_compressed "$ids") FROM serialized_dag" >"$dir/out" 2>&1
    is "compressed_with_deadline" "$? $(sql -c "SELECT string_agg(encode(output, 'hex'), ' ' ORDER BY id) FROM serialized_dag
        JOIN airshift.native_compressed_with_deadline AS n ON n.digest = $(digest data_compressed "$ids") WHERE id = 2" |
        python3 -c 'import sys, zlib; print(zlib.decompress(bytes.fromhex(sys.stdin.read())).decode())')" \
        '0 {"dag": {"deadline": ["y", "x"]}, "__version": 3}'
    is "what cannot be read stays what it was" "$(sql -c "SELECT output = data_compressed, problem FROM serialized_dag
        JOIN airshift.native_compressed_with_deadline AS n ON n.digest = $(digest data_compressed "$ids") WHERE id = 4")" \
        "t|the compressed data is truncated"
    run serialized_dag_v2 "$(calls data_compressed)" serialized_dag
    is "serialized_dag_v2" "$status $(sql -c "SELECT count(*), count(output), count(problem) FROM airshift.native_serialized_dag_v2")" \
        "0 4|3|1"
else
    echo "# no python3: serialized DAGs are left out"
fi

# --- sessions
run unpickle_json "$(calls conf)" "(SELECT conf FROM dag_run UNION ALL SELECT conf FROM dag_run) AS twice"
is "calls that come twice" "$status" 0
"$driver" "$url" unpickle_json airshift.native_unpickle_json \
    "(SELECT $(calls conf) FROM dag_run) UNION ALL (SELECT $(calls conf) FROM dag_run)" >"$dir/out" 2>&1
is "even in the query" "$? $(sql -c "SELECT count(*) FROM airshift.native_unpickle_json")" "0 20004"
run unpickle_json "$(calls conf)" "fresh WHERE true" same=1 "before=CREATE TABLE fresh AS SELECT '\x4e2e'::bytea AS conf"
is "one session sees what its transaction made" "$status $(sql -c "SELECT output FROM airshift.native_unpickle_json")" "0 null"
sql -c "DROP TABLE fresh"
run unpickle_json "$(calls conf)" "fresh" "before=CREATE TABLE fresh AS SELECT '\x4e2e'::bytea AS conf"
is "a second one does not" "$status" 5
says "and the server's error comes through" 'error 42P01: .*"fresh"'
run unpickle_json "$(calls "nothing(conf)")" dag_run
says "as it does from the query" "error 42883: .*nothing"
sql -c "CREATE FUNCTION write() RETURNS bytea LANGUAGE plpgsql AS
    'BEGIN DELETE FROM conf; RETURN NULL; END'"
run unpickle_json "$(calls "write()")" "conf"
says "the reader writes nothing" "error 25006"
run unpickle_json "$(calls conf id)" dag_run
is "a wrong number of columns is a bug" "$status" 70
"$driver" "$url" nothing airshift.native_unpickle_json "SELECT 1" >"$dir/out" 2>&1
is "so is a function that is not there" $? 70
run unpickle_json "$(calls conf)" "(SELECT current_setting('airshift.x')::bytea AS conf) AS x" \
    "settings=SET airshift.x = '\x4e2e'"
is "settings of the reader" "$status" 0
run unpickle_json "$(calls conf)" "(SELECT conf FROM dag_run, (SELECT pg_sleep(1)) AS s WHERE id = 1) AS x"
is "a query that takes its time" "$status" 0
turns=$(sed -n 's/^turns \([0-9]*\) .*/\1/p' "$dir/out")
is "what runs below the session goes on ($turns turns)" $((turns >= 8)) 1
run unpickle_json "$(calls conf)" "(SELECT conf FROM dag_run, (SELECT pg_sleep(60)) AS s WHERE id = 1) AS x" give_up=5
is "and can end it" "$status" 11
is "with the query" "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'airshift%'
    AND state = 'active'")" 0
run unpickle_json "$(calls conf)" dag_run lock=0.3 group=g "before=LOCK TABLE dag_run"
says "the reader does not wait for ever for a lock" "error 55P03"

# --- memory: 500 MB of output, through either way
sql -c "CREATE TABLE big AS SELECT decode('8002' || '58' || '40420f00', 'hex') ||
    decode(lpad(i::text, 1000000, 'x'), 'escape') || '\x2e' AS conf FROM generate_series(1, 500) AS i" \
    -c "ALTER TABLE big ALTER conf SET STORAGE EXTERNAL"
for how in "" same=1; do
    run unpickle_json "$(calls conf)" big $how
    is "500 values of a megabyte (${how:-two sessions})" "$status $(sql -c "SELECT count(*), sum(length(output #>> '{}'))
        FROM airshift.native_unpickle_json")" "0 500|500000000"
    memory=$(sed -n 's/.*memory \([0-9]*\)$/\1/p' "$dir/out")
    is "in ${memory:-no} KiB" $((${memory:-1000000} < ${NATIVE_TEST_MEMORY:-100000})) 1
done

echo "1..$count"
exit $failed
