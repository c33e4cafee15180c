/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_status.c - `airshift status`: what the database says of a migration under way. Read
 * only; meant for a second terminal.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "catalog/server_sql.h"
#include "cmd.h"
#include "migrate/durability.h"
#include "migrate/run_state.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

struct counts {
    long long jobs_done;
    long long rows;
};

static int count(struct connection *connection, struct counts *counts, struct err *err)
{
    struct sql_result *result =
        server_query(connection, "state_progress", 0, NULL, err);

    if (result == NULL)
        return -1;
    counts->jobs_done = sql_integer(result, 0, 0);
    counts->rows = sql_integer(result, 0, 1);
    sql_result_free(result);
    return 0;
}

static void print_state(const struct run_state *state, const struct counts *counts,
                        bool is_deferred, bool is_json)
{
    static const char *const phases[] = {"none", "build", "swapped"};

    if (is_json) {
        json_t *root =
            json_pack("{s:i, s:s, s:b}", "format_version", 1, "phase",
                      phases[state->phase], "durability_deferred", is_deferred);

        if (state->phase != RUN_NONE) {
            (void)json_object_set_new(root, "from", json_string(state->source));
            (void)json_object_set_new(root, "to", json_string(state->target));
            (void)json_object_set_new(root, "began", json_string(state->run_start));
            (void)json_object_set_new(root, "jobs_done",
                                      json_integer(counts->jobs_done));
            (void)json_object_set_new(root, "rows_copied", json_integer(counts->rows));
        }
        (void)json_dumpf(root, stdout, JSON_COMPACT);
        (void)printf("\n");
        json_decref(root);
        return;
    }
    if (is_deferred)
        (void)printf("durability is deferred: the server does not force its writes to "
                     "disk; `airshift migrate` restores that at its end\n");
    if (state->phase == RUN_NONE) {
        (void)printf("no migration is under way\n");
        return;
    }
    (void)printf("migration from %s to %s, begun %s\n", state->source, state->target,
                 state->run_start);
    if (state->phase == RUN_BUILD)
        (void)printf(
            "building beside the old tables: %lld jobs done, %lld rows copied; the "
            "database is at %s\n",
            counts->jobs_done, counts->rows, state->source);
    else
        (void)printf(
            "swapped: the database is at %s, constraints are being validated\n",
            state->target);
}

/* The chain executor keeps its place in a table of its own, and in alembic_version. */
static int print_chain(struct connection *connection, bool is_json, bool *is_there,
                       struct err *err)
{
    struct sql_result *result = server_query(connection, "chain_exists", 0, NULL, err);

    *is_there = false;
    if (result == NULL)
        return -1;
    *is_there = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    if (*is_there && is_json)
        (void)printf("{\"format_version\":1,\"phase\":\"chain\"}\n");
    else if (*is_there)
        (void)printf(
            "a migration revision by revision is under way, or was broken off: "
            "`airshift check` says where the database is\n");
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct arena *arena = arena_new();
    struct connection *connection;
    struct counts counts = {0, 0};
    bool is_chain = false;
    bool is_deferred = false;
    struct run_state state;
    struct url url = {0};
    int status = -1;

    (void)exit_code;
    if (command_url(context, &url, err) != 0) {
        arena_free(arena);
        return -1;
    }
    connection = sql_connect(&url, "status", err);
    if (connection != NULL &&
        print_chain(connection, option_flag(context, "json"), &is_chain, err) == 0 &&
        run_state_read(connection, arena, &state, err) == 0 &&
        durability_is_deferred(connection, &is_deferred, err) == 0 &&
        (state.phase == RUN_NONE || count(connection, &counts, err) == 0)) {
        if (!is_chain)
            print_state(&state, &counts, is_deferred, option_flag(context, "json"));
        status = 0;
    }
    sql_close(connection);
    url_clear(&url);
    arena_free(arena);
    return status;
}

const struct command cmd_status = {
    "status", "show a migration under way", "[OPTION ...]", options, run,
};
