/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_text.h - rows as text that the engine's own client loads again: psql, mysql. What
 * such a file is like, only the implementations know.
 */
#ifndef AIRSHIFT_DIALECTS_ROWS_TEXT_H
#define AIRSHIFT_DIALECTS_ROWS_TEXT_H

#include "base/err.h"
#include "base/strbuf.h"
#include "dialect.h"

/* One table under way. */
struct rows_text_table {
    const char *name;    /* quoted; borrowed */
    const char *columns; /* quoted, with commas; borrowed */
    const char *select;  /* what its rows come from; borrowed */
    long long rows;      /* so far */
    void *own;           /* the implementation's; gone with end_table() */
};

struct rows_text {
    /* Before the first table; called only where there is a row. */
    void (*begin)(struct strbuf *text);
    /* Before the query of its rows; adds nothing yet. end_table() is called in any case. */
    int (*begin_table)(struct connection *connection, struct rows_text_table *table,
                       struct err *err);
    /* As sql_stream() gives them; counts the row. */
    void (*add_row)(struct rows_text_table *table, struct strbuf *text,
                    const struct sql_field *fields, size_t count);
    void (*end_table)(struct rows_text_table *table, struct strbuf *text);
    /* After the last table; only where begin() was called. */
    void (*end)(struct strbuf *text);
};

/* Adds bytes; a backslash and its letter stand for each of the `count` characters. */
void rows_text_add_escaped(struct strbuf *text, const struct sql_field *field,
                           const char *characters, const char *letters, size_t count);

/* Of the session's engine. */
const struct rows_text *sql_rows_text(const struct connection *connection);

#endif
