/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_text.c - INSERTs of moderate size, as mysqldump writes them, in one transaction:
 * "mysql DATABASE" loads all of a file or, stopped by its first error, nothing. A row that
 * is there already is such an error: an archive overwrites nothing.
 *
 * Every value is a string: the server turns it into the column's type exactly. Bytes say
 * that they are bytes, and stand for themselves: as hexadecimal digits a large one would
 * not fit into a packet that it once came in.
 */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "rows_text.h"

enum { STATEMENT_ROWS = 500, STATEMENT_BYTES = 1 << 20 };

struct insert {
    bool *is_bytes; /* a column */
    size_t columns;
    long long rows; /* of the present statement */
    size_t bytes;
};

static void begin(struct strbuf *text)
{
    strbuf_add_string(text, "-- mysql --max-allowed-packet=1G DATABASE\n"
                            "SET NAMES utf8mb4;\n"
                            "SET SESSION time_zone = '+00:00', foreign_key_checks = 0, "
                            "unique_checks = 1, sql_mode = 'STRICT_ALL_TABLES,"
                            "ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO';\n"
                            "START TRANSACTION;\n");
}

static int begin_table(struct connection *connection, struct rows_text_table *table,
                       struct err *err)
{
    char *sql = xasprintf("%s LIMIT 0", table->select);
    struct sql_result *result = mysql_select(connection, sql, 0, NULL, err);
    struct insert *insert;
    MYSQL_RES *rows;

    free(sql);
    if (result == NULL)
        return -1;
    rows = ((const struct my_result *)(const void *)result)->rows;
    insert = xcalloc(1, sizeof(*insert));
    insert->columns = mysql_num_fields(rows);
    insert->is_bytes = xcalloc(insert->columns, sizeof(*insert->is_bytes));
    for (size_t i = 0; i < insert->columns; i++)
        insert->is_bytes[i] =
            mysql_is_bytes(mysql_fetch_field_direct(rows, (unsigned)i));
    mysql_result_free(result);
    table->own = insert;
    return 0;
}

static void add_field(struct strbuf *text, const struct sql_field *field, bool is_bytes)
{
    static const char characters[] = "\0\n\r\x1a\\'";
    static const char letters[] = "0nrZ\\'";

    if (field->bytes == NULL) {
        strbuf_add_string(text, "NULL");
        return;
    }
    strbuf_add_string(text, is_bytes ? "_binary '" : "'");
    rows_text_add_escaped(text, field, characters, letters, sizeof(letters) - 1);
    strbuf_add_char(text, '\'');
}

static void add_row(struct rows_text_table *table, struct strbuf *text,
                    const struct sql_field *fields, size_t count)
{
    struct insert *insert = table->own;
    size_t before = text->length;

    if (insert->rows == 0)
        strbuf_addf(text, "%sINSERT INTO %s (%s) VALUES\n",
                    table->rows == 0 ? "\n" : "", table->name, table->columns);
    else
        strbuf_add_string(text, ",\n");
    strbuf_add_char(text, '(');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_char(text, ',');
        add_field(text, &fields[i], i < insert->columns && insert->is_bytes[i]);
    }
    strbuf_add_char(text, ')');
    table->rows++;
    insert->rows++;
    insert->bytes += text->length - before;
    if (insert->rows < STATEMENT_ROWS && insert->bytes < STATEMENT_BYTES)
        return;
    strbuf_add_string(text, ";\n");
    insert->rows = 0;
    insert->bytes = 0;
}

static void end_table(struct rows_text_table *table, struct strbuf *text)
{
    struct insert *insert = table->own;

    if (insert == NULL)
        return;
    if (insert->rows > 0)
        strbuf_add_string(text, ";\n");
    free(insert->is_bytes);
    free(insert);
    table->own = NULL;
}

static void end(struct strbuf *text)
{
    strbuf_add_string(text, "\nCOMMIT;\n");
}

const struct rows_text mysql_rows_text = {
    .begin = begin,
    .begin_table = begin_table,
    .add_row = add_row,
    .end_table = end_table,
    .end = end,
};
