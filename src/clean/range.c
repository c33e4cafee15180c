/* SPDX-License-Identifier: Apache-2.0
 *
 * range.c - which rows of a table belong to a piece: those between two blocks where the
 * server reads these only, else those between two values of the primary key.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "clean/internal.h"

/* Adds "prefix.key, prefix.key ..."; with a number in place of the name where `numbered` is
 * one ("prefix.id1, prefix.id2"). */
void clean_add_key(struct strbuf *sql, const struct clean_table *table,
                   const char *prefix, const char *numbered)
{
    for (size_t i = 0; i < table->key.count; i++) {
        strbuf_addf(sql, "%s%s", i > 0 ? ", " : "", prefix);
        if (numbered != NULL)
            strbuf_addf(sql, "%s%zu", numbered, i + 1);
        else
            strbuf_add_string(sql, table->key.items[i]);
    }
}

/* a > x OR a = x AND (b > y OR ...); the last comparison with `last`. */
static void add_comparison(struct strbuf *sql, const struct clean_table *table,
                           const struct list *values, const char *operator,
                           const char * last)
{
    size_t count = table->key.count;

    strbuf_add_char(sql, '(');
    for (size_t i = 0; i < count; i++) {
        const char *column = table->key.items[i];

        strbuf_addf(sql, "s.%s %s ", column, i + 1 < count ? operator: last);
        sql_add_literal(sql, values->items[i]);
        if (i + 1 == count)
            break;
        strbuf_addf(sql, " OR s.%s = ", column);
        sql_add_literal(sql, values->items[i]);
        strbuf_add_string(sql, " AND (");
    }
    for (size_t i = 0; i < count; i++)
        strbuf_add_char(sql, ')');
}

/* The key of the last row of the range; none where the table ends before. */
static int find_upper(struct clean *clean, struct clean_work *work, uint64_t rows,
                      struct list *upper, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;

    strbuf_add_string(&sql, "SELECT ");
    clean_add_key(&sql, work->table, "s.", NULL);
    strbuf_addf(&sql, " FROM %s AS s", work->table->quoted);
    if (work->lower.count > 0) {
        strbuf_add_string(&sql, " WHERE ");
        add_comparison(&sql, work->table, &work->lower, ">", ">");
    }
    strbuf_add_string(&sql, " ORDER BY ");
    clean_add_key(&sql, work->table, "s.", NULL);
    strbuf_addf(&sql, " LIMIT 1 OFFSET %llu", (unsigned long long)(rows - 1));
    result = sql_query(clean->connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (result == NULL)
        return -1;
    for (size_t i = 0; sql_row_count(result) > 0 && i < work->table->key.count; i++)
        list_add(clean->arena, upper,
                 arena_strdup(clean->arena, sql_text(result, 0, i)));
    sql_result_free(result);
    return 0;
}

/* The rows of the blocks from `from` to before `to`. A server that does not scan a range of
 * blocks fetches rows by their places: those that a block can have at most, each with a
 * header of 24 bytes and a pointer of 4. */
static void add_blocks(struct strbuf *sql, const struct clean *clean, long long from,
                       long long to)
{
    if (sql_can(clean->connection, SQL_CAN_SCAN_BLOCKS))
        strbuf_addf(sql, "s.ctid >= '(%lld,0)'::tid AND s.ctid < '(%lld,0)'::tid", from,
                    to);
    else
        strbuf_addf(sql,
                    "s.ctid = ANY (ARRAY(SELECT format('(%%s,%%s)', block, place)::tid "
                    "FROM generate_series(%lld, %lld) AS block, generate_series(1, "
                    "current_setting('block_size')::integer / 28) AS place))",
                    from, to - 1);
}

int clean_range_next(struct clean *clean, struct clean_work *work, uint64_t blocks,
                     struct err *err)
{
    struct clean_table *table = work->table;
    struct strbuf sql = STRBUF_INIT;

    work->upper.count = 0;
    if (sql_can(clean->connection, SQL_HAS_ROW_PLACES)) {
        add_blocks(&sql, clean, table->block, table->block + (long long)blocks);
        table->is_done = table->block + (long long)blocks >= table->blocks;
    } else {
        if (find_upper(clean, work, blocks * (uint64_t)table->block_rows, &work->upper,
                       err) != 0)
            return -1;
        table->is_done = work->upper.count == 0;
        strbuf_add_string(&sql, "TRUE");
        if (work->lower.count > 0) {
            strbuf_add_string(&sql, " AND ");
            add_comparison(&sql, table, &work->lower, ">", ">");
        }
        if (work->upper.count > 0) {
            strbuf_add_string(&sql, " AND ");
            add_comparison(&sql, table, &work->upper, "<", "<=");
        }
    }
    work->range = arena_strdup(clean->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return 0;
}

void clean_range_done(struct clean *clean, struct clean_work *work)
{
    work->lower.count = 0;
    for (size_t i = 0; i < work->upper.count; i++)
        list_add(clean->arena, &work->lower, work->upper.items[i]);
}
