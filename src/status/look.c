/* SPDX-License-Identifier: Apache-2.0
 *
 * look.c - reads the state schema and the server's own views.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "migrate/durability.h"
#include "migrate/shadow_state.h"
#include "status/look.h"

enum { TRIES = 3 };

static int read_chain(struct connection *connection, struct status_look *look,
                      struct err *err)
{
    struct sql_result *result = server_query(connection, "chain_exists", 0, NULL, err);

    if (result == NULL)
        return -1;
    look->is_chain = sql_is_true(result, 0, 0);
    sql_result_free(result);
    return 0;
}

/* The table is not there yet, or not any more. */
static bool is_missing(const struct err *err)
{
    return strcmp(err->sqlstate, "42P01") == 0 || strcmp(err->sqlstate, "3F000") == 0;
}

static int read_totals(struct connection *connection, struct status_look *look,
                       struct err *err)
{
    struct sql_result *result =
        server_query(connection, "state_progress", 0, NULL, err);

    if (result == NULL)
        return -1;
    look->jobs_done = sql_integer(result, 0, 0);
    look->rows = sql_integer(result, 0, 1);
    look->jobs = sql_integer(result, 0, 2);
    sql_result_free(result);
    return 0;
}

/* Where DDL cannot be rolled back, the run is remembered in another database. */
static int read_shadow(struct connection *connection, struct status_look *look,
                       struct err *err)
{
    look->rows = -1;
    return shadow_state_describe(connection, look->arena, &look->run, &look->jobs_done,
                                 &look->jobs, err);
}

/* A rate is measured from where a watch first saw the item at work. */
static void set_beginning(struct progress_item *item, const struct status_look *before)
{
    item->done_before = item->done;
    item->rows_before = item->rows;
    item->started = clock_now();
    for (size_t i = 0; before != NULL && i < before->item_count; i++) {
        const struct progress_item *old = &before->items[i];

        if (!old->is_active || strcmp(old->table, item->table) != 0 ||
            strcmp(old->phase, item->phase) != 0)
            continue;
        item->done_before = old->done_before;
        item->rows_before = old->rows_before;
        item->started = old->started;
    }
}

static int read_phases(struct connection *connection, const struct status_look *before,
                       struct status_look *look, struct err *err)
{
    struct sql_result *result = server_query(connection, "status_phases", 0, NULL, err);

    if (result == NULL)
        return -1;
    look->item_count = sql_row_count(result);
    look->items = arena_zalloc(look->arena, look->item_count * sizeof(*look->items));
    for (size_t i = 0; i < look->item_count; i++) {
        struct progress_item *item = &look->items[i];

        item->table = arena_strdup(look->arena, sql_text(result, i, 0));
        item->phase = arena_strdup(look->arena, sql_text(result, i, 1));
        item->done = strtod(sql_text(result, i, 2), NULL);
        item->total = strtod(sql_text(result, i, 3), NULL);
        item->unit = arena_strdup(look->arena, sql_text(result, i, 4));
        item->rows = strtod(sql_text(result, i, 5), NULL);
        item->is_active = sql_is_true(result, i, 7);
        item->is_finished = sql_is_true(result, i, 8);
        if (sql_text(result, i, 9)[0] != '\0')
            item->detail = arena_strdup(look->arena, sql_text(result, i, 9));
        set_beginning(item, before);
    }
    sql_result_free(result);
    progress_measure(look->items, look->item_count);
    return 0;
}

/* Who waits for whom, and how far an index is; both only where the session works. */
static int read_work(struct connection *connection, struct status_look *look,
                     struct status_session *session, struct err *err)
{
    struct sql_index_progress index;
    struct strbuf text = STRBUF_INIT;

    if (sql_add_blockers(connection, session->pid, &text, err) < 0 ||
        sql_get_index_progress(connection, session->pid, &index, err) < 0) {
        strbuf_clear(&text);
        return -1;
    }
    session->waits_for = arena_strdup(look->arena, strbuf_text(&text));
    strbuf_clear(&text);
    session->detail = "";
    if (index.is_running && index.total > 0)
        session->detail = arena_printf(look->arena, "index: %s %.0f %%", index.phase,
                                       100 * index.done / index.total);
    else if (index.is_running)
        session->detail = arena_printf(look->arena, "index: %s", index.phase);
    return 0;
}

static int read_sessions(struct connection *connection, struct status_look *look,
                         struct err *err)
{
    struct sql_result *result =
        server_query(connection, "status_sessions", 0, NULL, err);
    int status = 0;

    if (result == NULL)
        return -1;
    look->session_count = sql_row_count(result);
    look->sessions =
        arena_zalloc(look->arena, look->session_count * sizeof(*look->sessions));
    for (size_t i = 0; i < look->session_count && status == 0; i++) {
        struct status_session *session = &look->sessions[i];

        session->pid = sql_integer(result, i, 0);
        session->name = arena_strdup(look->arena, sql_text(result, i, 1));
        session->state = arena_strdup(look->arena, sql_text(result, i, 2));
        session->seconds = (double)sql_integer(result, i, 3);
        session->has_lock = sql_is_true(result, i, 4);
        session->role = arena_strdup(look->arena, sql_text(result, i, 5));
        if (session->has_lock && strncmp(session->name, "airshift: ", 10) == 0)
            look->is_at_work = true;
        status = read_work(connection, look, session, err);
    }
    sql_result_free(result);
    return status;
}

static void read_lag(struct connection *connection, struct status_look *look)
{
    struct err ignored = {0};

    if (sql_get_replica_lag(connection, &look->replica_lag, &ignored) < 0)
        look->replica_lag = -1;
}

static int look_once(struct connection *connection, const struct status_look *before,
                     struct status_look *look, struct err *err)
{
    bool is_shadow = !sql_can(connection, SQL_CAN_ROLL_BACK_DDL);

    memset(look, 0, sizeof(*look));
    look->arena = arena_new();
    if (read_chain(connection, look, err) < 0 ||
        (is_shadow ? read_shadow(connection, look, err)
                   : run_state_read(connection, look->arena, &look->run, err)) < 0 ||
        durability_is_deferred(connection, &look->is_deferred, err) < 0 ||
        read_sessions(connection, look, err) < 0)
        return -1;
    if (look->run.phase != RUN_NONE && !is_shadow &&
        (read_totals(connection, look, err) < 0 ||
         read_phases(connection, before, look, err) < 0)) {
        if (!is_missing(err))
            return -1;
        err_clear(err); /* a run that has only just begun has no jobs */
    }
    read_lag(connection, look);
    return 0;
}

int status_look(struct connection *connection, const struct status_look *before,
                struct status_look *look, struct err *err)
{
    for (int try = 1;; try++) {
        if (look_once(connection, before, look, err) == 0)
            return 0;
        status_look_clear(look);
        /* The migration may have ended between two questions. */
        if (try == TRIES || !is_missing(err))
            return -1;
        err_clear(err);
    }
}

void status_look_clear(struct status_look *look)
{
    arena_free(look->arena);
    memset(look, 0, sizeof(*look));
}

bool status_is_migration(const struct status_look *look)
{
    return look->is_chain || look->run.phase != RUN_NONE;
}
