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

struct unloading {
    sql_bytes_function *function;
    void *context;
    struct strbuf line;
};

static int unload_row(void *context, MYSQL_RES *rows, MYSQL_ROW row, struct err *err)
{
    struct unloading *unloading = context;
    const unsigned long *lengths = mysql_fetch_lengths(rows);
    unsigned count = mysql_num_fields(rows);

    strbuf_truncate(&unloading->line, 0);
    for (unsigned i = 0; i < count; i++) {
        strbuf_add_string(&unloading->line, i > 0 ? ", " : "(");
        add_value(&unloading->line, row[i], row[i] != NULL ? lengths[i] : 0,
                  kind_of(mysql_fetch_field_direct(rows, i)));
    }
    strbuf_add_string(&unloading->line, ")\n");
    return unloading->function(unloading->context, strbuf_text(&unloading->line),
                               unloading->line.length, err);
}

int mysql_unload(struct connection *connection, const char *from,
                 sql_bytes_function *function, void *context, struct err *err)
{
    struct unloading unloading = {function, context, STRBUF_INIT};
    int status = mysql_each_row(connection, from, unload_row, &unloading, err);

    strbuf_clear(&unloading.line);
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
