/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_driver.c - runs a small, fixed job graph for engine.t. It knows nothing of the
 * project but the engine and the dialect.
 *
 *   engine_driver URL [key=value ...]
 *
 * workers, range_seconds, range_bytes, lock_timeout, give_up, max_lag, max_sessions: engine_options.
 * quarantine=1: --quarantine. slow=SECONDS: one job sleeps that long in the server.
 * json=1: progress as JSON. Exit code: that of the error's category.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "engine/engine.h"

struct setup {
    struct engine_options options;
    double slow;
};

static int set_option(struct setup *setup, const char *argument)
{
    const char *equals = strchr(argument, '=');
    double value;

    if (equals == NULL)
        return -1;
    value = strtod(equals + 1, NULL);
    if (strncmp(argument, "workers=", 8) == 0)
        setup->options.workers = (unsigned)value;
    else if (strncmp(argument, "range_seconds=", 14) == 0)
        setup->options.range_seconds = value;
    else if (strncmp(argument, "range_bytes=", 12) == 0)
        setup->options.range_bytes = (unsigned long long)value;
    else if (strncmp(argument, "lock_timeout=", 13) == 0)
        setup->options.lock_timeout_seconds = value;
    else if (strncmp(argument, "give_up=", 8) == 0)
        setup->options.give_up_seconds = value;
    else if (strncmp(argument, "max_lag=", 8) == 0)
        setup->options.throttle.lag_seconds = value;
    else if (strncmp(argument, "max_sessions=", 13) == 0)
        setup->options.throttle.sessions = (long long)value;
    else if (strncmp(argument, "quarantine=", 11) == 0)
        setup->options.has_quarantine = value > 0;
    else if (strncmp(argument, "slow=", 5) == 0)
        setup->slow = value;
    else if (strncmp(argument, "json=", 5) == 0)
        setup->options.progress = value > 0 ? PROGRESS_JSON : PROGRESS_PLAIN;
    else
        return -1;
    return 0;
}

/* Fills dst_native from src_b through the client, as a native job does. */
struct copy {
    long long rows;
    long long sum;
};

static int add_row(void *context, const struct sql_field *fields, size_t count,
                   struct err *err)
{
    struct copy *copy = context;

    (void)count;
    (void)err;
    copy->rows++;
    copy->sum += strtoll(fields[0].bytes, NULL, 10);
    return 0;
}

static int run_native(struct connection *connection, void *context, struct err *err)
{
    struct copy copy = {0, 0};
    char rows[32];
    char sum[32];
    struct sql_field fields[2];

    (void)context;
    if (sql_exec(connection, "TRUNCATE dst_native", err) < 0 ||
        sql_stream(connection, "SELECT id FROM src_b", add_row, &copy, err) < 0)
        return -1;
    fields[0].size = (size_t)snprintf(rows, sizeof(rows), "%lld", copy.rows);
    fields[0].bytes = rows;
    fields[1].size = (size_t)snprintf(sum, sizeof(sum), "%lld", copy.sum);
    fields[1].bytes = sum;
    if (sql_load_begin(connection, "dst_native (rows, sum)", err) < 0 ||
        sql_load_row(connection, fields, 2, err) < 0)
        return -1;
    return sql_load_end(connection, err);
}

/* As of the last ANALYZE: without a lock, and not always the present size. */
static long long count_blocks(struct connection *connection, const char *table,
                              struct err *err)
{
    const char *parameters[1] = {table};
    struct sql_result *result =
        sql_query(connection, "SELECT relpages FROM pg_class WHERE oid = $1::regclass",
                  1, parameters, err);
    long long blocks = result != NULL ? sql_integer(result, 0, 0) : -1;

    sql_result_free(result);
    return blocks;
}

static size_t add_job(struct job_graph *graph, enum job_kind kind, const char *id,
                      const char *table, const char *phase, const char *sql)
{
    size_t job = job_graph_add(graph, kind, id);

    graph->jobs[job].table = table;
    graph->jobs[job].phase = phase;
    graph->jobs[job].sql = sql;
    graph->jobs[job].weight = 1;
    return job;
}

static size_t add_copy(struct job_graph *graph, const char *letter, long long blocks)
{
    struct arena *arena = graph->arena;
    const char *table = arena_printf(arena, "src_%s", letter);
    size_t job =
        add_job(graph, JOB_RANGE, arena_printf(arena, "copy %s", letter), table, "copy",
                arena_printf(arena,
                             "INSERT INTO dst_%s SELECT id, number::bigint, "
                             "md5(note || id) FROM src_%s "
                             "WHERE ctid >= $1 AND ctid < $2",
                             letter, letter));

    graph->jobs[job].blocks = (uint32_t)blocks;
    graph->jobs[job].settings = "SET LOCAL work_mem = '8MB'; ";
    graph->jobs[job].weight = (double)blocks;
    graph->jobs[job].quarantine_sql =
        arena_printf(arena,
                     "INSERT INTO quarantine SELECT 'src_%s', id, number, $3 FROM "
                     "src_%s WHERE ctid >= $1 AND ctid < $2",
                     letter, letter);
    graph->jobs[job].describe_sql =
        arena_printf(arena, "SELECT id, number FROM src_%s WHERE ctid = $1", letter);
    return job;
}

static int build(struct job_graph *graph, const struct setup *setup,
                 struct connection *connection, struct err *err)
{
    static const char *const letters[] = {"a", "b"};
    size_t create =
        add_job(graph, JOB_SQL, "create", "dst", "create",
                "CREATE TABLE dst_a (id bigint, number bigint, note text); "
                "CREATE TABLE dst_b (LIKE dst_a); "
                "CREATE TABLE dst_native (rows bigint, sum bigint); "
                "CREATE TABLE quarantine (source text, id bigint, number text, "
                "reason text)");
    size_t last = add_job(graph, JOB_SQL, "analyze", "dst", "analyze",
                          "ANALYZE dst_a, dst_b; INSERT INTO finished VALUES (1)");
    size_t native = add_job(graph, JOB_NATIVE, "native", "dst_native", "native", NULL);

    graph->jobs[native].run = run_native;
    job_graph_need(graph, native, create);
    job_graph_need(graph, last, native);
    for (size_t i = 0; i < 2; i++) {
        char table[16];
        long long blocks;
        size_t copy;
        size_t key;
        size_t index;

        (void)snprintf(table, sizeof(table), "src_%s", letters[i]);
        blocks = count_blocks(connection, table, err);
        if (blocks < 0)
            return -1;
        copy = add_copy(graph, letters[i], blocks);
        job_graph_need(graph, copy, create);
        key = add_job(graph, JOB_SQL, arena_printf(graph->arena, "key %s", letters[i]),
                      arena_strdup(graph->arena, table), "index",
                      arena_printf(graph->arena,
                                   "SELECT pg_sleep(%g); INSERT INTO started VALUES "
                                   "('key %s'); "
                                   "ALTER TABLE dst_%s ADD PRIMARY KEY (id)",
                                   setup->slow, letters[i], letters[i]));
        graph->jobs[key].label = "primary key";
        job_graph_need(graph, key, copy);
        index =
            add_job(graph, JOB_SQL, arena_printf(graph->arena, "index %s", letters[i]),
                    arena_strdup(graph->arena, table), "index",
                    arena_printf(graph->arena,
                                 "CREATE INDEX CONCURRENTLY dst_%s_note ON dst_%s "
                                 "(note)",
                                 letters[i], letters[i]));
        graph->jobs[index].runs_outside_transaction = true;
        graph->jobs[index].settings = "SET LOCAL maintenance_work_mem = '32MB'; ";
        graph->jobs[index].undo =
            arena_printf(graph->arena, "DROP INDEX IF EXISTS dst_%s_note", letters[i]);
        job_graph_need(graph, index, key);
        job_graph_need(graph, last, index);
    }
    return 0;
}

static int run(struct setup *setup, const char *text, struct err *err)
{
    struct job_graph graph = {NULL, NULL, 0, 0};
    struct connection *connection = NULL;
    struct url url;
    int status = -1;

    if (url_parse(&url, text, err) < 0)
        return -1;
    graph.arena = arena_new();
    setup->options.url = &url;
    connection = sql_connect(&url, "driver", err);
    if (connection != NULL &&
        sql_exec(connection, "CREATE SCHEMA IF NOT EXISTS airshift", err) == 0 &&
        engine_prepare_state(connection, "airshift", err) == 0 &&
        build(&graph, setup, connection, err) == 0) {
        sql_close(connection);
        connection = NULL;
        status = engine_run(&setup->options, &graph, err);
        if (status == 1)
            (void)fprintf(stderr, "incomplete\n");
    }
    sql_close(connection);
    arena_free(graph.arena);
    url_clear(&url);
    return status;
}

int main(int argc, char **argv)
{
    struct setup setup = {
        .options = {.workers = 3,
                    .range_seconds = 0.05,
                    .range_bytes = 1024 * 1024,
                    .state_schema = "airshift",
                    .session_settings = "SET synchronous_commit = off; ",
                    .progress = PROGRESS_PLAIN,
                    .lock_timeout_seconds = 2,
                    .give_up_seconds = 60},
        .slow = 0,
    };
    struct err err = {0};

    for (int i = 2; i < argc; i++) {
        if (set_option(&setup, argv[i]) < 0) {
            (void)fprintf(stderr, "engine_driver: what is \"%s\"?\n", argv[i]);
            return EXIT_CODE_USAGE;
        }
    }
    if (argc < 2)
        return EXIT_CODE_USAGE;
    log_setup(LOG_DEBUG, false);
    if (run(&setup, argv[1], &err) == 0)
        return EXIT_CODE_OK;
    log_err(&err);
    return (int)exit_code_of(err.category);
}
