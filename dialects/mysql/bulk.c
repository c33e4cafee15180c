/* SPDX-License-Identifier: Apache-2.0
 *
 * bulk.c - rows in bulk: out one at a time as they come, in through INSERTs of many rows.
 * Memory does not grow with the number of rows. LOAD DATA would need settings on both
 * sides that people switch off.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"

/* An INSERT ends at the first row beyond that many bytes, or a quarter of a packet. */
enum { LOAD_BYTES = 256 * 1024, BINARY_CHARACTER_SET = 63 };

int mysql_each_row(struct connection *connection, const char *sql,
                   my_row_function *function, void *context, struct err *err)
{
    struct my_connection *own = my_of(connection);
    MYSQL_RES *rows;
    MYSQL_ROW row;
    int status = 0;

    if (mysql_send(connection, sql, 0, NULL, err) < 0 ||
        mysql_await_answer(connection, err) < 0)
        return -1;
    my_script_clear(&own->script);
    if (mysql_read_query_result(own->handle) != 0)
        return mysql_statement_error(own, err);
    rows = mysql_use_result(own->handle);
    if (rows == NULL)
        return err_set(err, ERR_INTERNAL, "a query without rows");
    while (status == 0 && (row = mysql_fetch_row(rows)) != NULL) {
        status = function(context, rows, row, err);
        if (status == 0)
            status = connection_turn(&own->base, err);
    }
    if (status != 0)
        mysql_cancel(&own->base); /* else the rest of the rows would be read */
    else if (mysql_errno(own->handle) != 0)
        status = mysql_statement_error(own, err);
    mysql_free_result(rows);
    return status;
}

struct stream {
    sql_row_function *function;
    void *context;
    struct sql_field *fields; /* NULL before the first row */
};

static int stream_row(void *context, MYSQL_RES *rows, MYSQL_ROW row, struct err *err)
{
    struct stream *stream = context;
    size_t count = mysql_num_fields(rows);
    const unsigned long *lengths = mysql_fetch_lengths(rows);

    if (stream->fields == NULL)
        stream->fields = xcalloc(count, sizeof(*stream->fields));
    for (size_t i = 0; i < count; i++) {
        stream->fields[i].bytes = row[i];
        stream->fields[i].size = row[i] != NULL ? lengths[i] : 0;
    }
    return stream->function(stream->context, stream->fields, count, err);
}

int mysql_stream(struct connection *connection, const char *sql,
                 sql_row_function *function, void *context, struct err *err)
{
    struct stream stream = {function, context, NULL};
    int status = mysql_each_row(connection, sql, stream_row, &stream, err);

    free(stream.fields);
    return status;
}

static enum my_load_kind kind_of(const MYSQL_FIELD *field)
{
    if (field->type == MYSQL_TYPE_TINY)
        return MY_LOAD_BOOLEAN;
    if (field->type == MYSQL_TYPE_JSON)
        return MY_LOAD_TEXT; /* which says of itself that it is binary, too */
    return field->charsetnr == BINARY_CHARACTER_SET && (field->flags & BLOB_FLAG) != 0
               ? MY_LOAD_BYTES
               : MY_LOAD_TEXT;
}

/* Bytes come as text of hexadecimal digits, truth as a word: what a column wants is asked
 * of the table. */
static int read_kinds(struct my_connection *own, const char *table, size_t table_length,
                      const char *columns, struct err *err)
{
    char *sql = xasprintf("SELECT %.*s FROM %.*s LIMIT 0", (int)strlen(columns) - 1,
                          columns, (int)table_length, table);
    struct sql_result *result = mysql_select(&own->base, sql, 0, NULL, err);
    MYSQL_RES *rows;

    free(sql);
    if (result == NULL)
        return -1;
    rows = ((const struct my_result *)(const void *)result)->rows;
    own->load_columns = mysql_num_fields(rows);
    free(own->load_kinds);
    own->load_kinds = xcalloc(own->load_columns, sizeof(*own->load_kinds));
    for (size_t i = 0; i < own->load_columns; i++)
        own->load_kinds[i] = kind_of(mysql_fetch_field_direct(rows, (unsigned)i));
    mysql_result_free(result);
    return 0;
}

int mysql_load_begin(struct connection *connection, const char *table_and_columns,
                     struct err *err)
{
    struct my_connection *own = my_of(connection);
    const char *parenthesis = strstr(table_and_columns, " (");
    struct sql_result *result;

    if (parenthesis == NULL)
        return err_set(err, ERR_INTERNAL, "a load without columns");
    if (read_kinds(own, table_and_columns, (size_t)(parenthesis - table_and_columns),
                   parenthesis + 2, err) < 0)
        return -1;
    result = mysql_select(connection,
                          "SELECT @@max_allowed_packet DIV 4, "
                          "locate('NO_BACKSLASH_ESCAPES', @@sql_mode)",
                          0, NULL, err);
    if (result == NULL)
        return -1;
    own->load_bytes = strtoul(mysql_text(result, 0, 0), NULL, 10);
    own->load_has_escapes = mysql_text(result, 0, 1)[0] == '0';
    if (own->load_bytes > LOAD_BYTES)
        own->load_bytes = LOAD_BYTES;
    mysql_result_free(result);
    free(own->load_target);
    own->load_target = xstrdup(table_and_columns);
    strbuf_truncate(&own->load, 0);
    return 0;
}

int mysql_load_flush(struct connection *connection, struct err *err)
{
    struct my_connection *own = my_of(connection);
    int status;

    if (own->load.length == 0)
        return 0;
    status =
        mysql_exec_whole(connection, strbuf_text(&own->load), own->load.length, err);
    strbuf_truncate(&own->load, 0);
    return status;
}

static void add_field(struct strbuf *sql, const struct sql_field *field,
                      enum my_load_kind kind)
{
    static const char digits[] = "0123456789ABCDEF";

    if (field->bytes == NULL) {
        strbuf_add_string(sql, "NULL");
    } else if (kind == MY_LOAD_BOOLEAN) {
        strbuf_add_char(sql,
                        field->bytes[0] == 't' || field->bytes[0] == '1' ? '1' : '0');
    } else if (kind == MY_LOAD_BYTES) {
        strbuf_add_string(sql, "X'");
        strbuf_add(sql, field->bytes + 2, field->size - 2); /* after "\x" */
        strbuf_add_char(sql, '\'');
    } else if (memchr(field->bytes, '\0', field->size) != NULL) {
        strbuf_add_string(sql, "_utf8mb4 X'");
        for (size_t i = 0; i < field->size; i++) {
            strbuf_add_char(sql, digits[(unsigned char)field->bytes[i] >> 4]);
            strbuf_add_char(sql, digits[(unsigned char)field->bytes[i] & 0xf]);
        }
        strbuf_add_char(sql, '\'');
    } else {
        strbuf_add_char(sql, '\'');
        for (size_t i = 0; i < field->size; i++) {
            if (field->bytes[i] == '\'')
                strbuf_add_char(sql, '\'');
            strbuf_add_char(sql, field->bytes[i]);
        }
        strbuf_add_char(sql, '\'');
    }
}

int mysql_load_row(struct connection *connection, const struct sql_field *fields,
                   size_t count, struct err *err)
{
    struct my_connection *own = my_of(connection);

    if (count != own->load_columns)
        return err_set(err, ERR_INTERNAL, "a row of %zu fields for %zu columns", count,
                       own->load_columns);
    if (own->load.length == 0)
        strbuf_addf(&own->load, "INSERT INTO %s VALUES (", own->load_target);
    else
        strbuf_add_string(&own->load, ", (");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_string(&own->load, ", ");
        add_field(&own->load, &fields[i], own->load_kinds[i]);
    }
    strbuf_add_char(&own->load, ')');
    return own->load.length >= own->load_bytes ? mysql_load_flush(connection, err) : 0;
}

int mysql_load_end(struct connection *connection, struct err *err)
{
    struct my_connection *own = my_of(connection);

    if (mysql_load_flush(connection, err) < 0)
        return -1;
    if (!own->load_is_open)
        return 0;
    own->load_is_open = false;
    return own->load_is_joined ? 0 : mysql_exec(connection, "COMMIT", err);
}
