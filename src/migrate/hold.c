/* SPDX-License-Identifier: Apache-2.0
 *
 * hold.c - the lock against writing: whether it can be had, and having it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "migrate/hold_internal.h"
#include "wait.h"

enum {
    PAUSE_MS = 500,         /* between two tries */
    END_SECONDS = 60,       /* for sessions of a killed process */
    STRONG_LOCKS_MIN = 100, /* that must be granted before a weak one may pass */
};

static const char *group_of(struct arena *arena, const char *live_schema)
{
    return arena_printf(arena, "hold %s", live_schema);
}

/* --- whether it can be had --------------------------------------------------------- */

/* The right is the database's, and is asked before a table is looked for. */
static int check_right(struct connection *connection, const char *live_schema,
                       struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "LOCK TABLES ");
    sql_add_name(&sql, live_schema);
    strbuf_add_string(&sql, ".airshift_no_table READ");
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    if (status != 0 && strcmp(err->sqlstate, "42P01") == 0) {
        err_clear(err);
        return 0;
    }
    if (status == 0)
        return sql_exec(connection, "UNLOCK TABLES", err);
    if (strcmp(err->sqlstate, "42501") == 0)
        err->category = ERR_SQL; /* the session itself is welcome */
    (void)err_wrap(err, "the user may not lock tables");
    return err_hint(err, "GRANT LOCK TABLES ON `%s`.* to the user.", live_schema);
}

int hold_check(struct connection *connection, const char *live_schema, struct err *err)
{
    struct sql_result *result;
    bool is_shown;
    bool is_strict;

    if (check_right(connection, live_schema, err) != 0)
        return -1;
    result = server_query(connection, "hold_ready", 0, NULL, err);
    if (result == NULL) {
        (void)err_wrap(err, "the user does not see who holds locks");
        return err_hint(err, "GRANT SELECT ON performance_schema.* to the user.");
    }
    is_shown = sql_is_true(result, 0, 0);
    is_strict = strtoull(sql_text(result, 0, 1), NULL, 10) >= STRONG_LOCKS_MIN;
    sql_result_free(result);
    if (!is_shown) {
        (void)err_set(err, ERR_STATE, "the server does not show who holds locks");
        return err_hint(err,
                        "UPDATE performance_schema.setup_instruments SET enabled = "
                        "'YES' WHERE name = 'wait/lock/metadata/sql/mdl'.");
    }
    if (!is_strict) {
        (void)err_set(err, ERR_STATE,
                      "the server lets writers pass before an exchange of tables "
                      "(max_write_lock_count)");
        return err_hint(err, "SET GLOBAL max_write_lock_count = DEFAULT.");
    }
    return 0;
}

int hold_end_earlier(struct connection *connection, const char *live_schema,
                     struct err *err)
{
    struct arena *arena = arena_new();
    const char *group = group_of(arena, live_schema);
    struct deadline deadline = deadline_in(END_SECONDS);
    size_t left = 1;
    int status = 0;

    while (status == 0 && left > 0) {
        if (sql_end_group(connection, group, 0, &left, err) == 0) {
            if (left > 0)
                status = wait_turn(&deadline, 50,
                                   "the end of an earlier run's sessions", err);
        } else if (strcmp(err->sqlstate, "42501") == 0) {
            err_clear(err); /* who cannot see them can have made none */
            left = 0;
        } else {
            status = -1;
        }
    }
    arena_free(arena);
    return status;
}

/* --- having it --------------------------------------------------------------------- */

struct connection *hold_open(struct hold *hold, const char *purpose, struct err *err)
{
    struct connection *session = sql_connect(hold->options.url, purpose, err);

    if (session != NULL && sql_join_group(session, hold->group, err) == 0 &&
        sql_set_lock_timeout(session, EXCHANGE_SECONDS, err) == 0)
        return session;
    sql_close(session);
    return NULL;
}

static int refuse(const struct strbuf *holders, struct err *err)
{
    (void)err_set(err, ERR_LOCK, "no lock for the tables%s%s",
                  holders->length > 0 ? ": " : "", strbuf_text(holders));
    return err_hint(err, "End the sessions that use Airflow's tables, or give a longer "
                         "--lock-wait. The same command goes on from here.");
}

/* Airflow's and whatever else is in its database: the copies may read any of them. */
static int lock_all(struct hold *hold, struct err *err)
{
    const struct hold_options *options = &hold->options;
    const struct sql_lock_wait wait = {options->lock_wait_seconds, PAUSE_MS,
                                       "locks for the tables"};
    const char *values[1] = {options->live_schema};
    struct sql_result *result =
        server_query(options->connection, "shadow_tables", 1, values, err);
    struct strbuf holders = STRBUF_INIT;
    struct list tables = {NULL, 0, 0};
    int status;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        list_add(options->arena, &tables,
                 (void *)ddl_name(options->arena, options->live_schema,
                                  sql_text(result, i, 0)));
    sql_result_free(result);
    if (tables.count == 0)
        return err_set(err, ERR_STATE, "there is no table");
    status = sql_lock_against_writing(hold->session, options->connection,
                                      (const char *const *)tables.items, tables.count,
                                      &wait, &holders, err);
    if (status != 0 && err->category == ERR_LOCK)
        (void)refuse(&holders, err);
    strbuf_clear(&holders);
    return status;
}

struct hold *hold_take(const struct hold_options *options, struct err *err)
{
    struct hold *hold = xcalloc(1, sizeof(*hold));

    hold->options = *options;
    hold->group = group_of(options->arena, options->live_schema);
    hold->session = hold_open(hold, "hold", err);
    if (hold->session != NULL && lock_all(hold, err) == 0) {
        log_info("writers wait from here on; readers do not");
        return hold;
    }
    hold_free(hold);
    return NULL;
}

void hold_free(struct hold *hold)
{
    if (hold == NULL)
        return;
    sql_close(hold->session);
    for (size_t i = 0; i < hold->count; i++)
        sql_close(hold->keepers[i].session);
    sql_close(hold->gate);
    free(hold->keepers);
    free(hold);
}
