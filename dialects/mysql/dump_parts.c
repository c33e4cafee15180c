/* SPDX-License-Identifier: Apache-2.0
 *
 * dump_parts.c - a table in ranges of its primary key: (a, b) > (x, y) AND (a, b) <= (v, w),
 * written out as the server's range optimizer understands it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/dump.h"

enum { KEY_COLUMNS_MOST = 16, PARTS_MOST = 9999, ROWS_LEAST = 1000 };

struct key {
    const char *columns[KEY_COLUMNS_MOST]; /* quoted */
    const char *values[KEY_COLUMNS_MOST];
    size_t count;
};

/* The columns of "a", "b". A name may have commas of its own. */
static void read_columns(struct key *key, const char *text, struct arena *arena)
{
    while (*text != '\0' && key->count < KEY_COLUMNS_MOST) {
        const char *end = text + 1;

        while (end[0] != '"' || end[1] == '"')
            end += end[0] == '"' ? 2 : 1;
        key->columns[key->count++] =
            arena_strndup(arena, text, (size_t)(end - text) + 1);
        text = end + 1 + strspn(end + 1, ", ");
    }
}

/* As every SQL mode understands it. */
static void add_value(struct strbuf *sql, const char *value)
{
    if (strchr(value, '\\') == NULL) {
        sql_add_literal(sql, value);
        return;
    }
    strbuf_add_string(sql, "_utf8mb4 X'");
    for (; *value != '\0'; value++)
        strbuf_addf(sql, "%02X", (unsigned)(unsigned char)*value);
    strbuf_add_char(sql, '\'');
}

/* a > x OR a = x AND (b > y OR ...); the last comparison is `last`. */
static void add_comparison(struct strbuf *sql, const struct key *key,
                           const char *comparison, const char *last)
{
    for (size_t i = 0; i < key->count; i++) {
        strbuf_addf(sql, "(%s %s ", key->columns[i],
                    i + 1 < key->count ? comparison : last);
        add_value(sql, key->values[i]);
        if (i + 1 == key->count)
            break;
        strbuf_addf(sql, " OR %s = ", key->columns[i]);
        add_value(sql, key->values[i]);
        strbuf_add_string(sql, " AND ");
    }
    for (size_t i = 0; i < key->count; i++)
        strbuf_add_char(sql, ')');
}

/* The key of the row that many rows after `condition` begins. 1: there is one. */
static int find_next(struct connection *connection, const struct dump_source *source,
                     const char *condition, long long rows, struct key *key,
                     struct arena *arena, struct err *err)
{
    char *sql =
        xasprintf("SELECT %s FROM %s FORCE INDEX (PRIMARY)%s%s ORDER BY %s LIMIT "
                  "1 OFFSET %lld",
                  source->key, source->table, condition[0] != '\0' ? " WHERE " : "",
                  condition, source->key, rows - 1);
    struct sql_result *result = mysql_select(connection, sql, 0, NULL, err);
    int found = 0;

    free(sql);
    if (result == NULL)
        return -1;
    if (mysql_row_count(result) > 0) {
        for (size_t i = 0; i < key->count; i++) {
            const char *value = mysql_text(result, 0, i);

            found |= key->values[i] == NULL || strcmp(key->values[i], value) != 0;
            key->values[i] = arena_strdup(arena, value);
        }
    }
    mysql_result_free(result);
    return found; /* a key with a NUL in it could be found twice: there it ends */
}

static void add(struct arena *arena, struct list *conditions, struct strbuf *condition)
{
    list_add(arena, conditions, arena_strdup(arena, strbuf_text(condition)));
    strbuf_truncate(condition, 0);
}

int mysql_dump_cut(struct connection *connection, const struct dump_source *source,
                   long long part_bytes, struct arena *arena, struct list *conditions,
                   struct err *err)
{
    struct strbuf condition = STRBUF_INIT;
    struct strbuf lower = STRBUF_INIT;
    struct key key = {.count = 0};
    long long rows = 0;
    int found = 0;

    if (part_bytes > 0 && source->key[0] != '\0' && source->bytes > part_bytes) {
        read_columns(&key, source->key, arena);
        rows = source->rows / (source->bytes / part_bytes + 1) + 1;
        if (rows < ROWS_LEAST)
            rows = ROWS_LEAST;
        found = 1;
    }
    while (found == 1 && conditions->count < PARTS_MOST) {
        found =
            find_next(connection, source, strbuf_text(&lower), rows, &key, arena, err);
        if (found != 1)
            break;
        if (lower.length > 0)
            strbuf_addf(&condition, "%s AND ", strbuf_text(&lower));
        add_comparison(&condition, &key, "<", "<=");
        add(arena, conditions, &condition);
        strbuf_truncate(&lower, 0);
        add_comparison(&lower, &key, ">", ">");
    }
    if (found >= 0)
        add(arena, conditions, &lower); /* the rest; of a table in one part, all */
    strbuf_clear(&condition);
    strbuf_clear(&lower);
    return found < 0 ? -1 : 0;
}
