/* SPDX-License-Identifier: Apache-2.0
 *
 * restore_state.c - a lock of the session, and a table of items that are done.
 */
#include "config.h"

#include <string.h>

#include "backup/manifest.h"
#include "backup/restore_state.h"
#include "catalog/server_sql.h"
#include "state/fault.h"
#include "wait.h"

#define BACKUP_ITEM "backup " /* begins the one about the backup */

enum { LOCK_SECONDS = 15, END_SECONDS = 120, PAUSE_MS = 100 };

/* The session of one that was killed may be at work still. */
static int lock(struct restore_state *state, struct err *err)
{
    struct deadline deadline =
        deadline_in((double)fault_limit("AIRSHIFT_TEST_LOCK_SECONDS", LOCK_SECONDS));
    bool is_held = false;

    for (;;) {
        struct sql_result *row =
            server_query(state->connection, "restore_lock", 0, NULL, err);

        if (row == NULL)
            return -1;
        is_held = sql_is_true(row, 0, 0);
        sql_result_free(row);
        if (is_held || deadline_is_over(&deadline))
            break;
        if (wait_turn(&deadline, PAUSE_MS, "another restore", err) != 0 &&
            err->category == ERR_INTERRUPTED)
            return -1;
        err_clear(err);
    }
    if (is_held)
        return 0;
    (void)err_set(err, ERR_LOCK, "another restore into this database is at work");
    return err_hint(err, "Wait for its end. One that was killed may have left a "
                         "statement that still runs at the server.");
}

static int read_done(struct restore_state *state, struct err *err)
{
    struct sql_result *rows =
        server_query(state->connection, "restore_list", 0, NULL, err);

    if (rows == NULL)
        return -1;
    state->done.count = 0;
    for (size_t i = 0; i < sql_row_count(rows); i++)
        list_add(state->arena, &state->done,
                 (void *)server_text_copy(state->arena, rows, i, 0));
    sql_result_free(rows);
    return 0;
}

/* Which database it is: the group is known by that, on a server of many. */
static int name_group(struct restore_state *state, struct err *err)
{
    struct sql_result *row =
        server_query(state->connection, "restore_exists", 0, NULL, err);

    if (row == NULL)
        return -1;
    state->is_resumed = sql_is_true(row, 0, 0);
    state->group = arena_printf(state->arena, "restore:%.40s", sql_text(row, 0, 1));
    sql_result_free(row);
    return 0;
}

static bool is_of_other_backup(const struct restore_state *state)
{
    for (size_t i = 0; i < state->done.count; i++) {
        const char *item = state->done.items[i];

        if (strncmp(item, BACKUP_ITEM, strlen(BACKUP_ITEM)) == 0)
            return strcmp(item, state->mark) != 0;
    }
    return false;
}

int restore_state_look(struct restore_state *state, const char *directory,
                       struct err *err)
{
    struct file_sum sum;

    if (lock(state, err) < 0 || name_group(state, err) < 0 ||
        file_sum_read(arena_printf(state->arena, "%s/%s", directory, MANIFEST_FILE),
                      &sum, err) < 0)
        return -1;
    state->mark = arena_printf(state->arena, BACKUP_ITEM "%s", sum.sha256);
    if (state->is_resumed && read_done(state, err) < 0)
        return -1;
    if (is_of_other_backup(state)) {
        (void)err_set(err, ERR_STATE,
                      "a restore of another backup into this database was broken off");
        return err_hint(err, "Restore that one, or drop the database and make it "
                             "anew.");
    }
    /* Killed before it had noted anything: then there is nothing else either. */
    state->is_resumed = restore_state_is_done(state, state->mark);
    return 0;
}

/* Those of the pool, and of programs that it has started. */
static int end_earlier(struct restore_state *state, struct err *err)
{
    struct deadline deadline = deadline_in(END_SECONDS);

    for (;;) {
        struct sql_result *row = NULL;
        size_t left = 0;

        if (sql_end_group(state->connection, state->group, 0, &left, err) < 0)
            return strcmp(err->sqlstate, "42501") != 0
                       ? -1
                       : err_hint(err, "GRANT SELECT ON performance_schema.* to the "
                                       "user, or drop the database and begin again.");
        if (server_has_sql(state->connection, "restore_others")) {
            row = server_query(state->connection, "restore_others", 0, NULL, err);
            if (row == NULL)
                return -1;
            left += (size_t)sql_integer(row, 0, 0);
            sql_result_free(row);
        }
        if (left == 0)
            return 0;
        if (wait_turn(&deadline, PAUSE_MS, "the end of an earlier restore's sessions",
                      err) != 0)
            return -1;
    }
}

int restore_state_begin(struct restore_state *state, struct err *err)
{
    if (state->is_resumed)
        return end_earlier(state, err) < 0 ||
                       sql_join_group(state->connection, state->group, err) < 0
                   ? -1
                   : read_done(state, err);
    if (server_exec(state->connection, "restore_create", err) < 0 ||
        sql_join_group(state->connection, state->group, err) < 0)
        return -1;
    fault_point("restore", "begins");
    return restore_state_done(state->connection, state->mark, err);
}

bool restore_state_is_done(const struct restore_state *state, const char *item)
{
    return list_has_text(&state->done, item);
}

int restore_state_done(struct connection *connection, const char *item, struct err *err)
{
    return server_change(connection, "restore_done", 1, &item, err);
}

int restore_state_end(struct restore_state *state, struct err *err)
{
    fault_point("restore", "ends");
    return server_exec(state->connection, "restore_end", err);
}
