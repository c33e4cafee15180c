/* SPDX-License-Identifier: Apache-2.0
 *
 * bulk.c - rows in bulk: out one at a time (single-row mode, or COPY for text that is
 * only kept), in through COPY. Memory does not grow with the number of rows.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "postgres/connection.h"

enum { BYTEA_OID = 17, LOAD_BYTES = 64 * 1024 };

struct stream {
    struct sql_field *fields;
    size_t count;
    struct strbuf bytes; /* decoded bytea of the present row */
};

static unsigned char nibble(char digit)
{
    return (unsigned char)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* "\x6162" into bytes; the session has bytea_output = hex. */
static void decode_bytea(struct strbuf *out, const char *text, size_t length)
{
    for (size_t i = 2; i + 1 < length; i += 2)
        strbuf_add_char(out, (char)(nibble(text[i]) << 4 | nibble(text[i + 1])));
    strbuf_add_char(out, '\0');
}

static void fill_fields(struct stream *stream, const PGresult *row)
{
    size_t offset = 0;

    strbuf_truncate(&stream->bytes, 0);
    for (size_t i = 0; i < stream->count; i++) {
        int column = (int)i;

        stream->fields[i].bytes = NULL;
        stream->fields[i].size = 0;
        if (PQgetisnull(row, 0, column))
            continue;
        stream->fields[i].bytes = PQgetvalue(row, 0, column);
        stream->fields[i].size = (size_t)PQgetlength(row, 0, column);
        if (PQftype(row, column) == BYTEA_OID)
            decode_bytea(&stream->bytes, stream->fields[i].bytes,
                         stream->fields[i].size);
    }
    /* Only now: the buffer no longer moves. */
    for (size_t i = 0; i < stream->count; i++) {
        if (stream->fields[i].bytes == NULL || PQftype(row, (int)i) != BYTEA_OID)
            continue;
        stream->fields[i].size = stream->fields[i].size / 2 - 1;
        stream->fields[i].bytes = stream->bytes.data + offset;
        offset += stream->fields[i].size + 1;
    }
}

static int take_row(struct stream *stream, const PGresult *row,
                    sql_row_function *function, void *context, struct err *err)
{
    if (stream->fields == NULL) {
        stream->count = (size_t)PQnfields(row);
        stream->fields = xcalloc(stream->count, sizeof(*stream->fields));
    }
    fill_fields(stream, row);
    return function(context, stream->fields, stream->count, err);
}

int postgres_stream(struct connection *connection, const char *sql,
                    sql_row_function *function, void *context, struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    struct stream stream = {NULL, 0, STRBUF_INIT};
    PGresult *result = NULL;
    int status = 0;
    int step;

    if (connection_turn(connection, err) < 0)
        return -1;
    /* The extended protocol: exactly one statement. */
    if (!PQsendQueryParams(own->handle, sql, 0, NULL, NULL, NULL, NULL, 0))
        return postgres_error(own, NULL, err);
    (void)PQsetSingleRowMode(own->handle);
    while (status == 0 && (step = postgres_next_result(own, &result, err)) != 0) {
        if (step < 0)
            status = -1;
        else if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
            status = take_row(&stream, result, function, context, err);
        else if (PQresultStatus(result) != PGRES_TUPLES_OK)
            status = postgres_error(own, result, err);
        if (step > 0)
            PQclear(result);
        if (status == 0)
            status = connection_turn(connection, err);
    }
    if (status < 0)
        postgres_abandon(own);
    free(stream.fields);
    strbuf_clear(&stream.bytes);
    return status;
}

int postgres_load_begin(struct connection *connection, const char *table_and_columns,
                        struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    char *sql = xasprintf("COPY %s FROM STDIN", table_and_columns);
    PGresult *result = NULL;
    int status = postgres_send(connection, sql, 0, NULL, err);

    free(sql);
    if (status < 0)
        return -1;
    if (postgres_next_result(own, &result, err) < 0) {
        postgres_abandon(own);
        return -1;
    }
    strbuf_truncate(&own->load, 0);
    if (PQresultStatus(result) == PGRES_COPY_IN) {
        PQclear(result);
        return 0;
    }
    status = result != NULL && PQresultStatus(result) != PGRES_FATAL_ERROR
                 ? err_set(err, ERR_INTERNAL, "COPY did not begin")
                 : postgres_error(own, result, err);
    PQclear(result);
    postgres_abandon(own);
    return status;
}

/* The server's reason why COPY ended, which it gives only when asked for the result. */
static int load_failed(struct pg_connection *connection, struct err *err)
{
    PGresult *result;
    int status = 0;

    (void)PQputCopyEnd(connection->handle, "given up");
    while ((result = PQgetResult(connection->handle)) != NULL) {
        if (status == 0 && PQresultStatus(result) == PGRES_FATAL_ERROR)
            status = postgres_error(connection, result, err);
        PQclear(result);
    }
    return status < 0 ? -1 : postgres_error(connection, NULL, err);
}

static int load_flush(struct pg_connection *connection, struct err *err)
{
    int is_put = 1;

    if (connection->load.length > 0)
        is_put = PQputCopyData(connection->handle, connection->load.data,
                               (int)connection->load.length);
    strbuf_truncate(&connection->load, 0);
    if (is_put != 1)
        return load_failed(connection, err);
    if (connection_turn(&connection->base, err) < 0) {
        struct err dropped;

        (void)load_failed(connection, &dropped);
        return -1;
    }
    return 0;
}

int postgres_load_row(struct connection *connection, const struct sql_field *fields,
                      size_t count, struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    struct strbuf *out = &own->load;

    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_char(out, '\t');
        if (fields[i].bytes == NULL) {
            strbuf_add(out, "\\N", 2);
            continue;
        }
        for (size_t k = 0; k < fields[i].size; k++) {
            char c = fields[i].bytes[k];

            switch (c) {
            case '\\':
                strbuf_add(out, "\\\\", 2);
                break;
            case '\t':
                strbuf_add(out, "\\t", 2);
                break;
            case '\n':
                strbuf_add(out, "\\n", 2);
                break;
            case '\r':
                strbuf_add(out, "\\r", 2);
                break;
            default:
                strbuf_add_char(out, c);
            }
        }
    }
    strbuf_add_char(out, '\n');
    return out->length >= LOAD_BYTES ? load_flush(own, err) : 0;
}

int postgres_load_end(struct connection *connection, struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    PGresult *result;
    int status = 0;
    int step;

    if (load_flush(own, err) < 0)
        return -1;
    if (PQputCopyEnd(own->handle, NULL) != 1)
        return load_failed(own, err);
    while ((step = postgres_next_result(own, &result, err)) > 0) {
        if (status == 0 && PQresultStatus(result) != PGRES_COMMAND_OK)
            status = postgres_error(own, result, err);
        PQclear(result);
    }
    if (step < 0) {
        postgres_abandon(own);
        return -1;
    }
    return status;
}

int postgres_load_bytes(struct connection *connection, const char *bytes, size_t size,
                        struct err *err)
{
    struct pg_connection *own = pg_of(connection);

    strbuf_add(&own->load, bytes, size);
    return own->load.length >= LOAD_BYTES ? load_flush(own, err) : 0;
}

/* One row of COPY TO: its size, 0 at the end of them, -1. */
static int unload_row(struct pg_connection *connection, char **row, struct err *err)
{
    int size;

    while ((size = PQgetCopyData(connection->handle, row, true)) == 0) {
        if (connection_wait(&connection->base, PQsocket(connection->handle), false, 1e9,
                            err) < 0)
            return -1;
        if (PQconsumeInput(connection->handle) == 0)
            return postgres_error(connection, NULL, err);
    }
    if (size == -2)
        return postgres_error(connection, NULL, err);
    return size == -1 ? 0 : size;
}

/* Until COPY is over, PQgetResult() gives nothing else than that it is not. */
static void unload_abandon(struct pg_connection *connection)
{
    char *row = NULL;

    postgres_cancel(&connection->base);
    while (PQgetCopyData(connection->handle, &row, false) > 0)
        PQfreemem(row);
    postgres_abandon(connection);
}

static int unload_rows(struct pg_connection *connection, sql_bytes_function *function,
                       void *context, struct err *err)
{
    char *row = NULL;
    int size;
    int status = 0;

    while (status == 0 && (size = unload_row(connection, &row, err)) != 0) {
        if (size < 0)
            return -1;
        status = function(context, row, (size_t)size, err);
        PQfreemem(row);
        if (status == 0)
            status = connection_turn(&connection->base, err);
    }
    return status;
}

int postgres_unload(struct connection *connection, const char *from,
                    sql_bytes_function *function, void *context, struct err *err)
{
    struct pg_connection *own = pg_of(connection);
    char *sql = xasprintf("COPY %s TO STDOUT", from);
    PGresult *result = NULL;
    int status = postgres_send(connection, sql, 0, NULL, err);
    int step;

    free(sql);
    if (status < 0)
        return -1;
    if (postgres_next_result(own, &result, err) < 0) {
        postgres_abandon(own);
        return -1;
    }
    if (PQresultStatus(result) != PGRES_COPY_OUT) {
        status = postgres_error(own, result, err);
        PQclear(result);
        postgres_abandon(own);
        return status;
    }
    PQclear(result);
    if (unload_rows(own, function, context, err) < 0) {
        unload_abandon(own);
        return -1;
    }
    while ((step = postgres_next_result(own, &result, err)) > 0) {
        if (status == 0 && PQresultStatus(result) != PGRES_COMMAND_OK)
            status = postgres_error(own, result, err);
        PQclear(result);
    }
    if (step < 0) {
        postgres_abandon(own);
        return -1;
    }
    return status;
}

void postgres_add_script_begin(struct strbuf *sql, const char *table,
                               const char *columns)
{
    strbuf_addf(sql, SQL_COPY_BEGIN "%s (%s) FROM stdin;\n", table, columns);
}

void postgres_add_script_row(struct strbuf *sql, const char *table, const char *columns,
                             const char *bytes, size_t size)
{
    (void)table;
    (void)columns;
    strbuf_add(sql, bytes, size);
}

void postgres_add_script_end(struct strbuf *sql)
{
    strbuf_add_string(sql, SQL_COPY_END "\n");
}
