/* SPDX-License-Identifier: Apache-2.0
 *
 * unload.c - rows as text that is loaded again as it is: VALUES of an INSERT, a row a line.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/dialect.h"

enum kind { KIND_NUMBER, KIND_TEXT, KIND_BYTES };

/* Moments and JSON, among others, are text. */
static enum kind kind_of(const MYSQL_FIELD *field)
{
    switch ((int)field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
        return KIND_NUMBER;
    default:
        return mysql_is_bytes(field) ? KIND_BYTES : KIND_TEXT;
    }
}

/* A line of its own has no line in it. */
static bool is_plain(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)bytes[i] < ' ' || bytes[i] == '\\' || bytes[i] == 0x7f)
            return false;
    }
    return true;
}

static void add_hexadecimal(struct strbuf *sql, const char *bytes, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";

    strbuf_add_string(sql, "X'");
    for (size_t i = 0; i < size; i++) {
        strbuf_add_char(sql, digits[(unsigned char)bytes[i] >> 4]);
        strbuf_add_char(sql, digits[(unsigned char)bytes[i] & 0xf]);
    }
    strbuf_add_char(sql, '\'');
}

static void add_value(struct strbuf *sql, const char *bytes, size_t size,
                      enum kind kind)
{
    if (bytes == NULL) {
        strbuf_add_string(sql, "NULL");
    } else if (kind == KIND_NUMBER) {
        strbuf_add(sql, bytes, size);
    } else if (kind == KIND_BYTES) {
        add_hexadecimal(sql, bytes, size);
    } else if (!is_plain(bytes, size)) {
        strbuf_add_string(sql, "_utf8mb4 ");
        add_hexadecimal(sql, bytes, size);
    } else {
        strbuf_add_char(sql, '\'');
        for (size_t i = 0; i < size; i++) {
            if (bytes[i] == '\'')
                strbuf_add_char(sql, '\'');
            strbuf_add_char(sql, bytes[i]);
        }
        strbuf_add_char(sql, '\'');
    }
}

static int unload_rows(struct my_connection *own, MYSQL_RES *rows,
                       sql_bytes_function *function, void *context, struct err *err)
{
    unsigned count = mysql_num_fields(rows);
    struct strbuf line = STRBUF_INIT;
    int status = 0;
    MYSQL_ROW row;

    while (status == 0 && (row = mysql_fetch_row(rows)) != NULL) {
        const unsigned long *lengths = mysql_fetch_lengths(rows);

        strbuf_truncate(&line, 0);
        for (unsigned i = 0; i < count; i++) {
            strbuf_add_string(&line, i > 0 ? ", " : "(");
            add_value(&line, row[i], row[i] != NULL ? lengths[i] : 0,
                      kind_of(mysql_fetch_field_direct(rows, i)));
        }
        strbuf_add_string(&line, ")\n");
        status = function(context, strbuf_text(&line), line.length, err);
        if (status == 0)
            status = connection_turn(&own->base, err);
    }
    strbuf_clear(&line);
    if (status != 0)
        mysql_cancel(&own->base); /* else the rest of the rows would be read */
    else if (mysql_errno(own->handle) != 0)
        status = mysql_statement_error(own, err);
    return status;
}

int mysql_unload(struct connection *connection, const char *from,
                 sql_bytes_function *function, void *context, struct err *err)
{
    struct my_connection *own = my_of(connection);
    MYSQL_RES *rows;
    int status;

    if (mysql_send(connection, from, 0, NULL, err) < 0 ||
        mysql_await_answer(connection, err) < 0)
        return -1;
    my_script_clear(&own->script);
    if (mysql_read_query_result(own->handle) != 0)
        return mysql_statement_error(own, err);
    rows = mysql_use_result(own->handle);
    if (rows == NULL)
        return err_set(err, ERR_INTERNAL, "a query without rows");
    status = unload_rows(own, rows, function, context, err);
    mysql_free_result(rows);
    return status;
}

/* The settings that the text relies on, whatever those of the session are. */
void mysql_add_script_begin(struct strbuf *sql, const char *table, const char *columns)
{
    (void)table;
    (void)columns;
    strbuf_add_string(
        sql, "SET NAMES utf8mb4; SET SESSION sql_mode = "
             "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO,"
             "STRICT_TRANS_TABLES', time_zone = '+00:00';\n" SQL_ROWS_BEGIN "\n");
}

void mysql_add_script_row(struct strbuf *sql, const char *table, const char *columns,
                          const char *bytes, size_t size)
{
    strbuf_addf(sql, "INSERT INTO %s (%s) VALUES ", table, columns);
    strbuf_add(sql, bytes, size - 1);
    strbuf_add_string(sql, ";\n");
}

void mysql_add_script_end(struct strbuf *sql)
{
    strbuf_add_string(sql, SQL_ROWS_END "\n");
}
