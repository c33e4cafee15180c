/* SPDX-License-Identifier: Apache-2.0
 *
 * fence.c - MySQL: two fences that keep clients off a server, and the sessions that are
 * on it. The first, offline_mode, ends every session without CONNECTION_ADMIN and lets
 * none in; the second, super_read_only, stops the writes of everybody else. Both are the
 * whole server's, and both are persisted: a master that crashes behind its fence must not
 * come back as a second one.
 *
 * What a fence replaces is never "on", so all there is to remember is which of the
 * settings were persisted, for a file may say something else: struct fence has their
 * letters in `read_only`, and 1 in `connection_limit` where clients are let in.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "mysql/connection.h"
#include "mysql/replica.h"

/* How long the fence waits for statements that write; every other writer waits behind
 * it, so this is short. */
#define LOCK_SECONDS "5"

static const struct {
    char letter;
    const char *name;
} fences[] = {{'s', "super_read_only"}, {'r', "read_only"}, {'o', "offline_mode"}};

enum { FENCE_COUNT = sizeof(fences) / sizeof(fences[0]) };

int my_look_at_fence(struct connection *admin, struct fence *fence, struct err *err)
{
    struct sql_result *row = sql_row(
        admin,
        "SELECT @@GLOBAL.super_read_only, @@GLOBAL.read_only, @@GLOBAL.offline_mode,"
        " concat((SELECT coalesce(group_concat(CASE variable_name"
        "  WHEN 'super_read_only' THEN 's' WHEN 'read_only' THEN 'r' ELSE 'o' END"
        "  ORDER BY variable_name SEPARATOR ''), '')"
        "  FROM performance_schema.persisted_variables WHERE variable_name IN"
        "  ('super_read_only', 'read_only', 'offline_mode')))",
        err);
    bool is_read_only;
    bool is_half;
    bool is_offline;

    memset(fence, 0, sizeof(*fence));
    if (row == NULL)
        return -1;
    is_read_only = sql_integer(row, 0, 0) != 0;
    is_half = sql_integer(row, 0, 1) != 0;
    is_offline = sql_integer(row, 0, 2) != 0;
    fence->connection_limit = is_offline ? 0 : 1;
    (void)snprintf(fence->read_only, sizeof(fence->read_only), "%s",
                   is_read_only || is_half ? "on" : sql_text(row, 0, 3));
    fence->is_closed = is_read_only && is_offline;
    fence->is_touched = is_read_only || is_half || is_offline;
    sql_result_free(row);
    return 0;
}

/* Offline first: the statements that the other one would wait for end with their
 * sessions. */
int my_close_fence(struct connection *admin, struct err *err)
{
    struct fence now;

    if (my_look_at_fence(admin, &now, err) < 0)
        return -1;
    if (now.is_closed && !sql_is_dry(admin))
        return 0;
    if (sql_exec(admin,
                 "SET SESSION lock_wait_timeout = " LOCK_SECONDS
                 "; SET PERSIST offline_mode = ON; SET PERSIST super_read_only = ON",
                 err) < 0 ||
        my_look_at_fence(admin, &now, err) < 0)
        return -1;
    return now.is_closed || sql_is_dry(admin)
               ? 0
               : err_set(err, ERR_STATE, "the fence did not hold");
}

int my_lift_fence(struct connection *admin, const struct fence *original,
                  struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct fence now;
    int status;

    if (my_look_at_fence(admin, &now, err) < 0)
        return -1;
    if (!now.is_touched && strcmp(now.read_only, original->read_only) == 0 &&
        !sql_is_dry(admin))
        return 0;
    for (size_t i = 0; i < FENCE_COUNT; i++) {
        bool was_persisted = strchr(original->read_only, fences[i].letter) != NULL;

        strbuf_addf(&sql, "%sSET %s %s = OFF", i > 0 ? "; " : "",
                    was_persisted ? "PERSIST" : "GLOBAL", fences[i].name);
        if (!was_persisted)
            strbuf_addf(&sql, "; RESET PERSIST IF EXISTS %s", fences[i].name);
    }
    status = sql_exec(admin, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* Whose sessions count: those of clients, but not ours and not the replicas'. Those whom
 * offline_mode leaves cannot write any more, so only a transaction that they have open
 * makes them clients. */
#define CLIENTS                                                                 \
    " FROM performance_schema.threads AS t"                                     \
    " LEFT JOIN performance_schema.session_connect_attrs AS a"                  \
    "  ON a.processlist_id = t.processlist_id AND a.attr_name = 'program_name'" \
    " LEFT JOIN information_schema.innodb_trx AS x"                             \
    "  ON x.trx_mysql_thread_id = t.processlist_id"                             \
    " LEFT JOIN (" MY_ADMINISTRATORS ") AS s ON s.user = t.processlist_user"    \
    " WHERE t.connection_type IS NOT NULL AND t.processlist_id IS NOT NULL"     \
    " AND t.processlist_id <> connection_id()"                                  \
    " AND t.processlist_command NOT LIKE 'Binlog Dump%'"                        \
    " AND NOT (coalesce(a.attr_value, '') LIKE 'airshift: %'"                   \
    "  AND t.processlist_user = substring_index(user(), '@', 1))"               \
    " AND (s.user IS NULL OR x.trx_rows_modified > 0)"

int my_count_sessions(struct connection *admin, struct session_counts *counts,
                      struct err *err)
{
    struct sql_result *row =
        sql_row(admin,
                "SELECT count(*), count(CASE WHEN x.trx_rows_modified > 0 THEN 1 END),"
                " count(x.trx_id), count(s.user)" CLIENTS,
                err);

    memset(counts, 0, sizeof(*counts));
    if (row == NULL)
        return -1;
    counts->clients = sql_integer(row, 0, 0);
    counts->writing = sql_integer(row, 0, 1);
    counts->in_transaction = sql_integer(row, 0, 2);
    counts->superusers = sql_integer(row, 0, 3);
    sql_result_free(row);
    return 0;
}

int my_list_writers(struct connection *admin, double older_than_seconds,
                    struct strbuf *text, long long *count, struct err *err)
{
    char seconds[32];
    const char *parameters[] = {seconds};
    struct sql_result *rows;

    (void)snprintf(seconds, sizeof(seconds), "%.3f", older_than_seconds);
    /* The text of their statements stays out: it may hold anything. */
    rows = sql_query(
        admin,
        "SELECT t.processlist_id, coalesce(t.processlist_user, ''),"
        " coalesce(a.attr_value, ''), coalesce(t.processlist_command, ''),"
        " timestampdiff(SECOND, x.trx_started, sysdate())" CLIENTS
        " AND x.trx_rows_modified > 0"
        " AND timestampdiff(MICROSECOND, x.trx_started, sysdate(6)) >= $1 * 1000000"
        " ORDER BY x.trx_started",
        1, parameters, err);
    if (rows == NULL)
        return -1;
    *count = replica_add_writers(text, rows, "session");
    sql_result_free(rows);
    return 0;
}

int my_end_sessions(struct connection *admin, long long *ended, struct err *err)
{
    struct sql_result *rows =
        sql_query(admin, "SELECT t.processlist_id" CLIENTS, 0, NULL, err);
    int status = 0;

    *ended = 0;
    if (rows == NULL)
        return -1;
    for (size_t i = 0; status == 0 && i < sql_row_count(rows); i++) {
        status = mysql_end_session(admin, sql_text(rows, i, 0), err);
        *ended += status == 0 ? 1 : 0;
    }
    if (sql_is_dry(admin) && sql_row_count(rows) == 0)
        status = sql_exec(admin, "KILL <each session that is left>", err);
    sql_result_free(rows);
    return status;
}
