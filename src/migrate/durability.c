/* SPDX-License-Identifier: Apache-2.0
 *
 * durability.c - what to run and in what order; sql/server/ has the statements. Each step
 * is recorded before it is taken: a kill leaves at worst settings that the next run, or
 * its end, gives back.
 */
#include "config.h"

#include "base/log.h"
#include "catalog/server_sql.h"
#include "migrate/durability.h"
#include "state/fault.h"
#include "wait.h"

enum { SETTLE_SECONDS = 30 };

/* Runs the statements that a query gives, each on its own: settings of the server are
 * not changed inside a transaction. */
static int run_each(struct connection *connection, const char *name, struct err *err)
{
    struct sql_result *statements = server_query(connection, name, 0, NULL, err);
    int status = statements != NULL ? 0 : -1;

    for (size_t i = 0; status == 0 && i < sql_row_count(statements); i++)
        status = sql_exec(connection, sql_text(statements, i, 0), err);
    sql_result_free(statements);
    return status;
}

/* A reload reaches each process when it gets to it. */
static int settle(struct connection *connection, const char *expected, struct err *err)
{
    struct deadline deadline = deadline_in(SETTLE_SECONDS);
    const char *parameters[1] = {expected};

    for (;;) {
        struct sql_result *result =
            server_query(connection, "durability_settled", 1, parameters, err);
        bool is_settled;

        if (result == NULL)
            return -1;
        is_settled = sql_text(result, 0, 0)[0] == 't';
        sql_result_free(result);
        if (is_settled)
            return 0;
        if (deadline_is_over(&deadline))
            return err_set(err, ERR_STATE,
                           "the server did not take its durability settings within "
                           "%d s; look at its log",
                           SETTLE_SECONDS);
        if (sql_pause(connection, 20, err) != 0)
            return -1;
    }
}

int durability_is_deferred(struct connection *connection, bool *is_deferred,
                           struct err *err)
{
    struct sql_result *result =
        server_query(connection, "durability_exists", 0, NULL, err);

    *is_deferred = false;
    if (result == NULL)
        return -1;
    *is_deferred = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    return 0;
}

/* Asked before anything is changed. */
static int check(struct connection *connection, struct err *err)
{
    struct sql_result *result =
        server_query(connection, "durability_problem", 0, NULL, err);
    int status = 0;

    if (result == NULL)
        return -1;
    if (sql_text(result, 0, 0)[0] != '\0') {
        (void)err_set(err, ERR_UNSUPPORTED, "durability cannot be deferred: %s",
                      sql_text(result, 0, 0));
        status =
            err_hint(err, "Leave --defer-durability out, or put this right. Nothing "
                          "was changed.");
    }
    sql_result_free(result);
    return status;
}

/* What it means on this server, as it says itself where it is more than usual. */
static void warn(struct connection *connection)
{
    struct err ignored;
    struct sql_result *result =
        server_has_sql(connection, "durability_warning")
            ? server_query(connection, "durability_warning", 0, NULL, &ignored)
            : NULL;

    if (result != NULL)
        log_warning("durability is deferred: %s", sql_text(result, 0, 0));
    else
        log_warning(
            "durability is deferred: if the machine of this server fails before the "
            "end, throw the server away");
    sql_result_free(result);
}

int durability_defer(struct connection *connection, struct err *err)
{
    bool is_deferred;

    if (check(connection, err) != 0 ||
        durability_is_deferred(connection, &is_deferred, err) != 0 ||
        (!is_deferred && server_exec(connection, "durability_record", err) != 0))
        return -1;
    fault_point("durability-record", "after");
    if (run_each(connection, "durability_defer", err) != 0 ||
        settle(connection, "off", err) != 0)
        return -1;
    fault_point("durability-defer", "after");
    warn(connection);
    return durability_settle_session(connection, err);
}

int durability_settle_session(struct connection *connection, struct err *err)
{
    bool is_deferred;

    if (!server_has_sql(connection, "durability_session"))
        return 0;
    if (durability_is_deferred(connection, &is_deferred, err) != 0)
        return -1;
    return is_deferred ? server_exec(connection, "durability_session", err) : 0;
}

int durability_restore(struct connection *connection, struct err *err)
{
    bool is_deferred;

    if (durability_is_deferred(connection, &is_deferred, err) != 0)
        return -1;
    if (!is_deferred)
        return 0;
    fault_point("durability-restore", "before");
    if (run_each(connection, "durability_restore", err) != 0 ||
        settle(connection, "on", err) != 0)
        return -1;
    fault_point("durability-flush", "before");
    if (run_each(connection, "durability_flush", err) != 0)
        return -1;
    fault_point("durability-forget", "before");
    if (server_exec(connection, "durability_forget", err) != 0)
        return -1;
    log_info("durability is restored, everything is on disk");
    return 0;
}
