/* SPDX-License-Identifier: Apache-2.0
 *
 * statement.c - statements and their results. The waiting calls are built from the
 * sending ones, with poll(2) in between, so that a signal or the caller's event loop
 * gets its turn.
 */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "postgres/connection.h"

enum { ABANDON_SECONDS = 10 };

static bool is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
           status == PGRES_SINGLE_TUPLE || status == PGRES_EMPTY_QUERY;
}

int postgres_next_result(struct pg_connection *connection, PGresult **result,
                         struct err *err)
{
    while (PQisBusy(connection->handle)) {
        if (connection_wait(&connection->base, PQsocket(connection->handle), false, 1e9,
                            err) < 0)
            return -1;
        if (PQconsumeInput(connection->handle) == 0 &&
            PQstatus(connection->handle) != CONNECTION_OK)
            break; /* PQgetResult() gives what came before the end, then the error */
    }
    *result = PQgetResult(connection->handle);
    return *result != NULL;
}

static void *run_cancel(void *context)
{
    char reason[256];

    (void)PQcancel(context, reason, sizeof(reason));
    PQfreeCancel(context);
    return NULL;
}

/* The request goes over a connection of its own. When it fails the statement goes on, and
 * the caller sees that it does not end. libpq knows no limit for it, so where the server
 * does not answer, it is left to a thread that ends when the system gives up. */
void postgres_cancel(struct connection *connection)
{
    PGcancel *cancel = PQgetCancel(pg_of(connection)->handle);
    struct timespec until;
    pthread_t thread;

    if (cancel == NULL)
        return;
    if (pthread_create(&thread, NULL, run_cancel, cancel) != 0) {
        (void)run_cancel(cancel);
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ABANDON_SECONDS;
    if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) != 0)
        (void)pthread_detach(thread);
}

/* PQgetResult(), but for a server that does not send it in time: then the connection is
 * lost, and it is NULL. */
static PGresult *next_in_time(struct pg_connection *connection, double deadline)
{
    while (PQisBusy(connection->handle)) {
        struct pollfd entry = {PQsocket(connection->handle), POLLIN, 0};
        double left = deadline - clock_seconds();

        if (left <= 0) {
            connection->is_lost = true;
            return NULL;
        }
        (void)poll(&entry, 1, (int)(left * 1e3) + 1);
        if (PQconsumeInput(connection->handle) == 0)
            break;
    }
    return PQgetResult(connection->handle);
}

/* The idle function and the signal flag are not asked here: they are why we are here.
 */
void postgres_abandon(struct pg_connection *connection)
{
    sql_idle_function *idle = connection->base.idle;
    PGTransactionStatusType state = PQtransactionStatus(connection->handle);
    double deadline;

    if (state != PQTRANS_ACTIVE)
        return;
    postgres_cancel(&connection->base);
    deadline = clock_seconds() + ABANDON_SECONDS;
    connection->base.idle = NULL;
    for (;;) {
        PGresult *result = next_in_time(connection, deadline);
        ExecStatusType status = PQresultStatus(result);

        if (result == NULL)
            break;
        PQclear(result);
        if (status == PGRES_COPY_IN)
            (void)PQputCopyEnd(connection->handle, "given up");
        else if (status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            break;
    }
    connection->base.idle = idle;
    if (PQstatus(connection->handle) != CONNECTION_OK)
        connection->is_lost = true;
}

/* Waits for all results of what was sent and keeps the last. */
static int collect(struct pg_connection *connection, PGresult **last, struct err *err)
{
    PGresult *result;
    int status = 0;
    int step;

    *last = NULL;
    while ((step = postgres_next_result(connection, &result, err)) > 0) {
        if (status == 0 && !is_good(result))
            status = postgres_error(connection, result, err);
        PQclear(*last);
        *last = result;
        if (PQresultStatus(result) == PGRES_COPY_IN ||
            PQresultStatus(result) == PGRES_COPY_OUT)
            break; /* sql_load_begin() goes on from here */
    }
    if (step < 0) {
        postgres_abandon(connection);
        status = -1;
    } else if (status == 0 && *last == NULL) {
        status = postgres_error(connection, NULL, err);
    }
    if (status < 0) {
        PQclear(*last);
        *last = NULL;
    }
    return status;
}

int postgres_send(struct connection *connection, const char *sql, size_t count,
                  const char *const *parameters, struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    int is_sent;

    own->has_failed = false;
    if (connection_turn(connection, err) < 0)
        return -1;
    is_sent = count == 0 ? PQsendQuery(own->handle, sql)
                         : PQsendQueryParams(own->handle, sql, (int)count, NULL,
                                             parameters, NULL, NULL, 0);
    return is_sent ? 0 : postgres_error(own, NULL, err);
}

int postgres_exec(struct connection *connection, const char *sql, struct err *err)
{
    PGresult *last;

    if (postgres_send(connection, sql, 0, NULL, err) < 0 ||
        collect(pg_of(connection), &last, err) < 0)
        return -1;
    PQclear(last);
    return 0;
}

static struct sql_result *wrap(PGresult *rows)
{
    struct pg_result *result = xcalloc(1, sizeof(*result));

    result->base.dialect = &postgres_dialect;
    result->rows = rows;
    return &result->base;
}

struct sql_result *postgres_query(struct connection *connection, const char *sql,
                                  size_t count, const char *const *parameters,
                                  struct err *err)
{
    PGresult *last;

    if (postgres_send(connection, sql, count, parameters, err) < 0 ||
        collect(pg_of(connection), &last, err) < 0)
        return NULL;
    return wrap(last);
}

int postgres_poll(struct connection *connection, struct sql_result **result,
                  struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    bool is_closed = PQconsumeInput(own->handle) == 0;

    while (is_closed || !PQisBusy(own->handle)) {
        PGresult *next = PQgetResult(own->handle);

        if (next == NULL) {
            next = own->pending;
            own->pending = NULL;
            if (!own->has_failed && next == NULL) {
                own->has_failed = true;
                (void)postgres_error(own, NULL, &own->failure);
            }
            if (PQstatus(own->handle) != CONNECTION_OK)
                own->is_lost = true;
            if (own->has_failed) {
                PQclear(next);
                own->has_failed = false;
                *err = own->failure;
                return -1;
            }
            *result = wrap(next);
            return 1;
        }
        if (!own->has_failed && !is_good(next)) {
            own->has_failed = true;
            (void)postgres_error(own, next, &own->failure);
        }
        PQclear(own->pending);
        own->pending = next;
    }
    return 0;
}

static PGresult *rows_of(const struct sql_result *result)
{
    return ((const struct pg_result *)(const void *)result)->rows;
}

size_t postgres_column_count(const struct sql_result *result)
{
    return (size_t)PQnfields(rows_of(result));
}

const char *postgres_column_name(const struct sql_result *result, size_t column)
{
    const char *name = PQfname(rows_of(result), (int)column);

    return name != NULL ? name : "";
}

size_t postgres_row_count(const struct sql_result *result)
{
    return (size_t)PQntuples(rows_of(result));
}

bool postgres_is_null(const struct sql_result *result, size_t row, size_t column)
{
    return PQgetisnull(rows_of(result), (int)row, (int)column) != 0;
}

const char *postgres_text(const struct sql_result *result, size_t row, size_t column)
{
    const char *text = PQgetvalue(rows_of(result), (int)row, (int)column);

    return text != NULL ? text : "";
}

long long postgres_affected(const struct sql_result *result)
{
    return strtoll(PQcmdTuples(rows_of(result)), NULL, 10);
}

void postgres_result_free(struct sql_result *result)
{
    PQclear(rows_of(result));
    free(result);
}
