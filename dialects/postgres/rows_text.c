/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_text.c - a COPY block a table, as pg_dump writes it.
 */
#include "config.h"

#include "postgres/connection.h"
#include "rows_text.h"

static void add_nothing(struct strbuf *text)
{
    (void)text;
}

static int begin_table(struct connection *connection, struct rows_text_table *table,
                       struct err *err)
{
    (void)connection;
    (void)table;
    (void)err;
    return 0;
}

/* COPY's text format: what would be taken for something else stands behind a backslash.
 */
static void add_field(struct strbuf *text, const struct sql_field *field)
{
    static const char characters[] = "\\\n\r\t";
    static const char letters[] = "\\nrt";

    if (field->bytes == NULL) {
        strbuf_add_string(text, "\\N");
        return;
    }
    rows_text_add_escaped(text, field, characters, letters, sizeof(letters) - 1);
}

static void add_row(struct rows_text_table *table, struct strbuf *text,
                    const struct sql_field *fields, size_t count)
{
    if (table->rows == 0)
        strbuf_addf(text, "\nCOPY %s (%s) FROM stdin;\n", table->name, table->columns);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_char(text, '\t');
        add_field(text, &fields[i]);
    }
    strbuf_add_char(text, '\n');
    table->rows++;
}

static void end_table(struct rows_text_table *table, struct strbuf *text)
{
    if (table->rows > 0)
        strbuf_add_string(text, "\\.\n");
}

const struct rows_text postgres_rows_text = {
    .begin = add_nothing,
    .begin_table = begin_table,
    .add_row = add_row,
    .end_table = end_table,
    .end = add_nothing,
};
