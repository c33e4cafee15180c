/* SPDX-License-Identifier: Apache-2.0
 *
 * statement.c - statements, one at a time. A statement is sent, the socket is waited for
 * with poll(2), so that a signal or the caller's event loop gets its turn, and the answer
 * is read when it has begun to come. That much both client libraries can do; their own
 * asynchronous calls differ.
 */
#include "config.h"

#include <poll.h>

#include "mysql/connection.h"

enum { ABANDON_SECONDS = 10 };

void mysql_cancel(struct connection *connection)
{
    struct my_connection *own = my_of(connection);
    struct strbuf sql = STRBUF_INIT;
    enum my_answer answer;
    MYSQL *second = mysql_open_handle(&own->parts, own->patience_s, "cancel", &answer);

    /* When it fails the statement goes on, and the caller sees that it does not end. */
    strbuf_addf(&sql, "KILL QUERY %lld", own->session_id);
    if (answer == MY_CONNECTED)
        (void)mysql_real_query(second, strbuf_text(&sql), sql.length);
    mysql_close(second);
    strbuf_clear(&sql);
}

static int send_next(struct my_connection *connection, struct err *err)
{
    const char *statement;
    size_t length;

    if (!my_script_next(&connection->script, &statement, &length))
        return err_set(err, ERR_INTERNAL, "an empty statement");
    if (mysql_send_query(connection->handle, statement, length) == 0)
        return 0;
    return mysql_statement_error(connection, err);
}

int mysql_send(struct connection *connection, const char *sql, size_t count,
               const char *const *parameters, struct err *err)
{
    struct my_connection *own = my_of(connection);

    if (connection_turn(connection, err) < 0)
        return -1;
    my_script_start(&own->script, sql, count, parameters);
    return send_next(own, err);
}

int mysql_send_whole(struct connection *connection, const char *sql, size_t length,
                     struct err *err)
{
    struct my_connection *own = my_of(connection);

    if (connection_turn(connection, err) < 0)
        return -1;
    my_script_whole(&own->script, sql, length);
    return send_next(own, err);
}

/* The answer to one statement, of which something is there. Waits for the rest of it. */
static int read_answer(struct my_connection *connection, struct sql_result **result,
                       struct err *err)
{
    MYSQL_RES *rows = NULL;

    if (mysql_read_query_result(connection->handle) != 0)
        return mysql_statement_error(connection, err);
    if (mysql_field_count(connection->handle) > 0) {
        rows = mysql_store_result(connection->handle);
        if (rows == NULL)
            return mysql_statement_error(connection, err);
    }
    *result = mysql_result_new(
        rows, rows != NULL ? (long long)mysql_num_rows(rows)
                           : (long long)mysql_affected_rows(connection->handle));
    return 0;
}

/* 1 all is done, 0 the next statement was sent. */
static int take_answer(struct my_connection *connection, struct sql_result **result,
                       struct err *err)
{
    *result = NULL;
    if (read_answer(connection, result, err) < 0) {
        my_script_clear(&connection->script);
        return -1;
    }
    if (my_script_is_over(&connection->script))
        return 1;
    mysql_result_free(*result);
    *result = NULL;
    return send_next(connection, err);
}

int mysql_poll(struct connection *connection, struct sql_result **result,
               struct err *err)
{
    struct pollfd entry = {mysql_socket_of(connection), POLLIN, 0};

    if (poll(&entry, 1, 0) < 1)
        return 0;
    return take_answer(my_of(connection), result, err);
}

/* The idle function and the signal flag are not asked here: they are why we are here. A
 * server that is not there any more is not waited for. */
static void abandon(struct my_connection *connection)
{
    struct pollfd entry = {mysql_socket_of(&connection->base), POLLIN, 0};
    struct sql_result *result = NULL;
    struct err ignored = {0};

    mysql_cancel(&connection->base);
    my_script_clear(&connection->script);
    if (poll(&entry, 1, ABANDON_SECONDS * 1000) < 1)
        connection->is_lost = true;
    else if (read_answer(connection, &result, &ignored) == 0)
        mysql_result_free(result);
}

int mysql_await_answer(struct connection *connection, struct err *err)
{
    if (connection_wait(connection, mysql_socket_of(connection), false, 1e9, err) >= 0)
        return 0;
    abandon(my_of(connection));
    return -1;
}

/* What was sent, to its end. */
static struct sql_result *await_all(struct connection *connection, struct err *err)
{
    struct my_connection *own = my_of(connection);
    struct sql_result *result = NULL;
    int step = 0;

    while (step == 0) {
        if (mysql_await_answer(connection, err) < 0)
            return NULL;
        step = take_answer(own, &result, err);
    }
    return step == 1 ? result : NULL;
}

struct sql_result *mysql_select(struct connection *connection, const char *sql,
                                size_t count, const char *const *parameters,
                                struct err *err)
{
    if (mysql_send(connection, sql, count, parameters, err) < 0)
        return NULL;
    return await_all(connection, err);
}

int mysql_exec_whole(struct connection *connection, const char *sql, size_t length,
                     struct err *err)
{
    struct sql_result *result = NULL;

    if (mysql_send_whole(connection, sql, length, err) == 0)
        result = await_all(connection, err);
    if (result == NULL)
        return -1;
    mysql_result_free(result);
    return 0;
}

int mysql_exec(struct connection *connection, const char *sql, struct err *err)
{
    struct sql_result *result = mysql_select(connection, sql, 0, NULL, err);

    if (result == NULL)
        return -1;
    mysql_result_free(result);
    return 0;
}
