/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_state.c - the statements shadow_*.sql of the server, one by one.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "compiler/shadow.h"
#include "migrate/durability.h"
#include "migrate/ready.h"
#include "migrate/shadow_state.h"

static int refuse(const char *schema, struct err *err)
{
    (void)err_set(err, ERR_STATE,
                  "database \"%s\" is there already and is not of airshift's making",
                  schema);
    return err_hint(
        err, "The new tables are made in a database of that name. Rename or drop "
             "it, or migrate with --executor chain. Nothing was changed.");
}

int shadow_state_look(struct connection *connection, const char *new_schema,
                      const char *old_schema, struct shadow_state *state,
                      struct err *err)
{
    const char *values[2] = {new_schema, old_schema};
    struct sql_result *result = server_query(connection, "shadow_look", 2, values, err);
    bool has_run;
    bool is_swapped;
    bool has_tables;
    bool has_old;

    memset(state, 0, sizeof(*state));
    if (result == NULL)
        return -1;
    has_tables = sql_integer(result, 0, 1) > 0;
    has_run = sql_is_true(result, 0, 2);
    is_swapped = sql_is_true(result, 0, 3);
    has_old = sql_integer(result, 0, 5) > 0;
    sql_result_free(result);
    if (has_tables && !has_run)
        return refuse(new_schema, err);
    if (has_old && !is_swapped)
        return refuse(old_schema, err);
    if (is_swapped)
        state->phase = SHADOW_SWAPPED;
    else if (has_run)
        state->phase = SHADOW_BUILD;
    return 0;
}

int shadow_has_table(struct connection *connection, const char *schema,
                     const char *name, bool *has, struct err *err)
{
    const char *values[2] = {schema, name};
    struct sql_result *result =
        server_query(connection, "read_has_table", 2, values, err);

    if (result == NULL)
        return -1;
    *has = sql_is_true(result, 0, 0);
    sql_result_free(result);
    return 0;
}

static int read_run(struct connection *connection, struct arena *arena,
                    const char *schema, struct run_state *state, long long *done,
                    long long *items, struct err *err)
{
    const char *sql =
        arena_printf(arena,
                     "SELECT run_start, source, target, items, (SELECT count(*) FROM "
                     "%s.airshift_done WHERE item LIKE 'copy:%%' OR item LIKE "
                     "'keys:%%' OR item LIKE "
                     "'check:%%' OR item LIKE 'verify:%%') FROM %s.airshift_run",
                     ddl_name(arena, NULL, schema), ddl_name(arena, NULL, schema));
    struct sql_result *result = sql_query(connection, sql, 0, NULL, err);

    if (result == NULL)
        return -1;
    if (sql_row_count(result) == 0) { /* it has not really begun */
        state->phase = RUN_NONE;
    } else {
        state->run_start = server_text_copy(arena, result, 0, 0);
        state->source = server_text_copy(arena, result, 0, 1);
        state->target = server_text_copy(arena, result, 0, 2);
        *items = sql_integer(result, 0, 3);
        *done = sql_integer(result, 0, 4);
    }
    sql_result_free(result);
    return 0;
}

int shadow_state_describe(struct connection *connection, struct arena *arena,
                          struct run_state *state, long long *done, long long *items,
                          struct err *err)
{
    const char *live = catalog_read_schema(connection, arena, err);
    const char *new_schema;
    const char *old_schema;
    struct shadow_state shadow;
    struct err ignored;

    *done = 0;
    *items = 0;
    memset(state, 0, sizeof(*state));
    if (live == NULL)
        return -1;
    new_schema = shadow_schema(arena, live, SHADOW_NEW_SUFFIX, &ignored);
    old_schema = shadow_schema(arena, live, SHADOW_OLD_SUFFIX, &ignored);
    /* A database of the user's own by that name is for who migrates. */
    if (new_schema == NULL || old_schema == NULL ||
        shadow_state_look(connection, new_schema, old_schema, &shadow, &ignored) != 0 ||
        shadow.phase == SHADOW_NONE)
        return 0;
    state->phase = shadow.phase == SHADOW_SWAPPED ? RUN_SWAPPED : RUN_BUILD;
    return read_run(connection, arena, new_schema, state, done, items, err);
}

int shadow_state_create(struct connection *connection, const char *live_schema,
                        const char *new_schema, struct err *err)
{
    const char *values[1] = {live_schema};
    struct sql_result *result =
        server_query(connection, "shadow_charset", 1, values, err);
    struct strbuf sql = STRBUF_INIT;
    int status;

    if (result == NULL)
        return -1;
    strbuf_add_string(&sql, "CREATE DATABASE IF NOT EXISTS ");
    sql_add_name(&sql, new_schema);
    strbuf_addf(&sql, " CHARACTER SET %s COLLATE %s", sql_text(result, 0, 0),
                sql_text(result, 0, 1));
    sql_result_free(result);
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    if (status != 0 && strcmp(err->sqlstate, "42501") == 0) {
        err->category = ERR_CONNECT;
        (void)err_hint(
            err,
            "The new tables are made in a database of their own: GRANT ALL ON "
            "`%s`.* and on that of the old ones, or migrate with --executor "
            "chain. Nothing was changed.",
            new_schema);
    }
    return status;
}

struct connection *shadow_state_connect(const struct url *url, const char *purpose,
                                        double lock_timeout_seconds, struct err *err)
{
    struct connection *connection = sql_connect(url, purpose, err);

    if (connection == NULL)
        return NULL;
    if (server_exec(connection, "shadow_session", err) == 0 &&
        sql_set_lock_timeout(connection, lock_timeout_seconds + 0.001, err) == 0 &&
        ready_settle(connection, err) == 0 &&
        durability_settle_session(connection, err) == 0)
        return connection;
    sql_close(connection);
    return NULL;
}

int shadow_state_read(struct connection *connection, struct arena *arena,
                      struct shadow_state *state, struct err *err)
{
    struct sql_result *result = server_query(connection, "shadow_read", 0, NULL, err);

    if (result == NULL)
        return -1;
    if (sql_row_count(result) == 0) { /* killed before it was written */
        state->phase = SHADOW_NONE;
    } else {
        state->seed = server_text_copy(arena, result, 0, 0);
        state->run_start = server_text_copy(arena, result, 0, 1);
        state->target = server_text_copy(arena, result, 0, 2);
        state->digest = server_text_copy(arena, result, 0, 3);
    }
    sql_result_free(result);
    return 0;
}

int shadow_state_prepare(struct connection *connection, struct err *err)
{
    return server_exec(connection, "shadow_create", err);
}

int shadow_state_begin(struct connection *connection, const struct shadow_state *state,
                       struct err *err)
{
    char items[24];
    const char *values[6] = {state->seed,   state->run_start, state->target,
                             state->digest, state->source,    items};

    (void)snprintf(items, sizeof(items), "%zu", state->items);
    return server_change(connection, "shadow_begin", 6, values, err);
}

int shadow_state_done(struct connection *connection, const char *item, struct err *err)
{
    const char *values[1] = {item};

    return server_change(connection, "shadow_done", 1, values, err);
}

int shadow_state_read_done(struct connection *connection, struct arena *arena,
                           struct list *done, struct err *err)
{
    struct sql_result *result =
        server_query(connection, "shadow_done_list", 0, NULL, err);

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        list_add(arena, done, (void *)server_text_copy(arena, result, i, 0));
    sql_result_free(result);
    return 0;
}
