/* SPDX-License-Identifier: Apache-2.0
 *
 * run_state.c - the one row that says how far a migration has come. It is written in the
 * transactions that make it true.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "catalog/server_sql.h"
#include "compiler/plan.h"
#include "engine/engine.h"
#include "migrate/run_state.h"

int run_state_read(struct connection *connection, struct arena *arena,
                   struct run_state *state, struct err *err)
{
    struct sql_result *result;
    bool is_there;

    memset(state, 0, sizeof(*state));
    result = server_query(connection, "state_exists", 0, NULL, err);
    if (result == NULL)
        return -1;
    is_there = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    if (!is_there)
        return 0;
    result = server_query(connection, "state_read", 0, NULL, err);
    if (result == NULL)
        return -1;
    if (sql_row_count(result) == 1) {
        state->phase =
            strcmp(sql_text(result, 0, 0), "swapped") == 0 ? RUN_SWAPPED : RUN_BUILD;
        state->seed = arena_strdup(arena, sql_text(result, 0, 1));
        state->run_start = arena_strdup(arena, sql_text(result, 0, 2));
        state->source = arena_strdup(arena, sql_text(result, 0, 3));
        state->target = arena_strdup(arena, sql_text(result, 0, 4));
        state->digest = arena_strdup(arena, sql_text(result, 0, 5));
        state->executor = arena_strdup(arena, sql_text(result, 0, 6));
        state->is_dirty = sql_text(result, 0, 7)[0] == 't';
    }
    sql_result_free(result);
    return 0;
}

int run_state_invent(struct connection *connection, struct arena *arena,
                     struct run_state *state, struct err *err)
{
    unsigned char bytes[16];
    char seed[2 * sizeof(bytes) + 1];
    struct sql_result *result;

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return err_set(err, ERR_INTERNAL, "the system has no random bytes");
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(seed + 2 * i, 3, "%02x", bytes[i]);
    state->seed = arena_strdup(arena, seed);
    result = server_query(connection, "now", 0, NULL, err);
    if (result == NULL)
        return -1;
    state->run_start = arena_strdup(arena, sql_text(result, 0, 0));
    sql_result_free(result);
    return 0;
}

int run_state_begin(struct connection *connection, const struct run_state *state,
                    struct err *err)
{
    const char *values[6] = {state->seed,   state->run_start, state->source,
                             state->target, state->digest,    state->executor};

    if (server_exec(connection, "state_create", err) != 0 ||
        server_change(connection, "state_begin", 6, values, err) != 0)
        return -1;
    return engine_prepare_state(connection, PLAN_STATE_SCHEMA, err);
}

void run_state_explain(struct err *err)
{
    if (strcmp(err->sqlstate, "42501") == 0)
        (void)err_hint(
            err, "airshift keeps schemas of its own while it works: connect as the "
                 "role that owns Airflow's tables, and GRANT CREATE ON DATABASE to "
                 "it. Nothing was changed.");
}

int run_state_set_digest(struct connection *connection, const char *digest,
                         struct err *err)
{
    return server_change(connection, "state_digest", 1, &digest, err);
}

int run_state_set_swapped(struct connection *connection, struct err *err)
{
    return server_exec(connection, "state_swapped", err);
}

int run_state_discard(struct connection *connection, struct err *err)
{
    return server_exec(connection, "state_discard", err);
}

int run_state_end(struct connection *connection, struct err *err)
{
    return server_exec(connection, "state_discard", err);
}
