/* SPDX-License-Identifier: Apache-2.0
 *
 * compare.c - pieces of queries by which rows are compared across two databases.
 */
#include "config.h"

#include <string.h>

#include "mysql/render.h"

#define HEX "[0-9a-f]"

/* No modes here: a server that is read only refuses a transaction that says it would write,
 * and one that is READ ONLY takes no new temporary table. */
void mysql_add_begin_snapshot(struct strbuf *sql, bool makes_temporary_tables)
{
    (void)makes_temporary_tables;
    strbuf_add_string(sql, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; "
                           "START TRANSACTION WITH CONSISTENT SNAPSHOT; ");
}

static bool has_any(const char *type, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(type, words[i]) != NULL)
            return true;
    }
    return false;
}

/* What is no text, whatever else it is. */
static bool is_bytes(const char *type)
{
    static const char *const words[] = {"blob", "binary", "bit",        "vector",
                                        "geom", "point",  "linestring", "polygon"};

    return has_any(type, words, sizeof(words) / sizeof(words[0]));
}

/* As long as a packet: several of them would not fit into one text, which would be NULL. */
static bool is_long(const char *type)
{
    static const char *const words[] = {"text", "json"};

    return is_bytes(type) || has_any(type, words, sizeof(words) / sizeof(words[0]));
}

static bool begins(const char *type, const char *word)
{
    return strncmp(type, word, strlen(word)) == 0;
}

/* The expression as a column of that type keeps it, and as text: what a row program gives may
 * be of another type, until it is stored. */
static void add_stored(struct strbuf *sql, const char *expression, const char *type)
{
    int digits = 0;
    const char *mark = strchr(type, '(');

    if (is_bytes(type)) {
        strbuf_addf(sql, "CAST(%s AS BINARY)", expression);
        return;
    }
    strbuf_add_string(sql, "CONVERT(");
    if (begins(type, "timestamp") || begins(type, "datetime")) {
        if (mark != NULL && mark[1] >= '0' && mark[1] <= '6')
            digits = mark[1] - '0';
        strbuf_addf(sql, "CAST(%s AS DATETIME(%d))", expression, digits);
    } else if (begins(type, "json")) {
        strbuf_addf(sql, "CAST(%s AS JSON)", expression);
    } else if (begins(type, "float")) {
        /* Six digits: what the server shows of it, and what a dump has kept. */
        strbuf_addf(
            sql, "round(%s + 0e0, 5 - floor(log10(coalesce(nullif(abs(%s), 0), 1))))",
            expression, expression);
    } else if (begins(type, "double")) {
        strbuf_addf(sql, "(%s + 0e0)", expression);
    } else if (strstr(type, "int") != NULL) {
        strbuf_addf(sql, "CAST(%s AS SIGNED)", expression);
    } else {
        strbuf_add_string(sql, expression);
    }
    strbuf_add_string(sql, " USING utf8mb4)");
}

void mysql_add_value(struct strbuf *sql, const char *expression, const char *type)
{
    strbuf_add_string(sql, is_long(type) ? "sha2(" : "");
    add_stored(sql, expression, type);
    strbuf_add_string(sql, is_long(type) ? ", 256)" : "");
}

void mysql_add_masked_uuids(struct strbuf *sql, const char *expression,
                            const char *type)
{
    strbuf_add_string(sql, "sha2(regexp_replace(");
    add_stored(sql, expression, type);
    strbuf_add_string(sql, ", '" HEX "{8}-?" HEX "{4}-?(" HEX ")" HEX "{3}-?" HEX
                           "{4}-?" HEX "{12}', '<uuid $1>', 1, 0, 'c'), 256)");
}

/* SHA-2, because a server of 9.6 or later has nothing shorter. */
void mysql_add_row_hash(struct strbuf *sql, const char *const *expressions,
                        size_t count, unsigned seed)
{
    strbuf_addf(sql, "CAST(conv(left(sha2(concat('%u'", seed);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(sql, ", coalesce(concat('=', %s), '~'), X'00'", expressions[i]);
    strbuf_add_string(sql, "), 256), 16), 16, 10) AS UNSIGNED)");
}
