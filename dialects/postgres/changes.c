/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.c - which rows were written since a moment: those whose xmin is not older
 * than the transaction that would have come next then. Deleted rows leave no row
 * behind; the server's own counters say how many there were.
 *
 * The counters also tell in which tables nothing was written, so that those need not be
 * read. They are trusted for that only where it is sure that they are whole: a crash of
 * the server empties them. That shows in the time of the database's last reset of
 * counters, which a mark sets and a crash forgets.
 *
 * A mark is text: the first line the transaction number and that time, then a line a
 * table: inserted, updated, deleted, name.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "postgres/connection.h"
#include "postgres/replica.h"

/* User tables; quoted name, counters, quoted columns (not the generated ones), the same
 * as text. */
static const char tables_sql[] =
    "SELECT format('%I.%I', n.nspname, c.relname),"
    " pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid),"
    " pg_stat_get_tuples_deleted(c.oid),"
    " string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),"
    " string_agg(quote_ident(a.attname) || '::text', ', ' ORDER BY a.attnum),"
    " pg_relation_size(c.oid)"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    "  AND NOT a.attisdropped AND a.attgenerated = ''"
    " WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'"
    " AND n.nspname <> 'information_schema' GROUP BY 1, c.oid ORDER BY 1";

static const char now_sql[] =
    "SELECT txid_snapshot_xmax(txid_current_snapshot()),"
    " coalesce((SELECT extract(epoch FROM stats_reset)::text FROM pg_stat_database"
    "  WHERE datname = current_database()), '-')";

enum {
    COUNTERS_ARE_EXACT_SINCE = 150000
}; /* before, they went through a lossy socket */

int pg_mark_changes(struct connection *connection, struct strbuf *mark, struct err *err)
{
    struct sql_result *row;
    struct sql_result *tables;

    /* The counters of any one table would do; nobody reads those of this one. */
    if (sql_exec(connection,
                 "SELECT pg_stat_reset_single_table_counters('pg_language'::regclass)",
                 err) < 0)
        return -1;
    row = sql_row(connection, now_sql, err);
    if (row == NULL)
        return -1;
    tables = sql_query(connection, tables_sql, 0, NULL, err);
    if (tables != NULL) {
        strbuf_addf(mark, "%s %s\n", sql_text(row, 0, 0), sql_text(row, 0, 1));
        for (size_t i = 0; i < sql_row_count(tables); i++)
            strbuf_addf(mark, "%s %s %s %s\n", sql_text(tables, i, 1),
                        sql_text(tables, i, 2), sql_text(tables, i, 3),
                        sql_text(tables, i, 0));
    }
    sql_result_free(tables);
    sql_result_free(row);
    return tables != NULL ? 0 : -1;
}

/* The counters of a table in a mark; false where it is not in there. */
static bool find_in_mark(const char *mark, const char *name, long long counts[3])
{
    for (const char *line = strchr(mark, '\n'); line != NULL && line[1] != '\0';
         line = strchr(line + 1, '\n')) {
        char *at;
        size_t length;

        counts[0] = strtoll(line + 1, &at, 10);
        counts[1] = strtoll(at, &at, 10);
        counts[2] = strtoll(at, &at, 10);
        length = strcspn(at + 1, "\n");
        if (length == strlen(name) && strncmp(at + 1, name, length) == 0)
            return true;
    }
    return false;
}

/* Fills one entry; false when nothing can have changed in the table. */
static bool describe(struct changed_table *table, const struct sql_result *tables,
                     size_t i, const char *mark, bool has_counters,
                     unsigned long long xid)
{
    const char *name = sql_text(tables, i, 0);
    long long before[3] = {0, 0, 0};
    bool is_known = find_in_mark(mark, name, before);

    memset(table, 0, sizeof(*table));
    table->inserted = sql_integer(tables, i, 1) - before[0];
    table->updated = sql_integer(tables, i, 2) - before[1];
    table->deleted = sql_integer(tables, i, 3) - before[2];
    if (!has_counters) {
        table->inserted = table->updated = table->deleted = -1;
    } else if (is_known && table->inserted == 0 && table->updated == 0 &&
               table->deleted == 0) {
        return false;
    }
    if (sql_is_null(tables, i, 4)) /* no columns at all */
        return false;
    table->name = xstrdup(name);
    table->bytes = sql_integer(tables, i, 6);
    table->columns = xstrdup(sql_text(tables, i, 4));
    /* age() counts back from the newest transaction, so that it orders what 32 bits
     * cannot. A row that was frozen billions of transactions ago may be taken too: that
     * is one row too many in the archive, never one too few. */
    table->select = xasprintf(
        "SELECT %s FROM ONLY %s WHERE age(xmin) <= (SELECT age('%" PRIu32 "'::xid))",
        sql_text(tables, i, 5), name, (uint32_t)xid);
    return true;
}

/* `reset` is what stands behind the transaction number in the mark's first line. */
static bool are_counters_whole(struct connection *connection, const char *reset,
                               const char *reset_now)
{
    size_t length = strcspn(reset, "\n");

    return sql_server_version(connection) >= COUNTERS_ARE_EXACT_SINCE &&
           strcmp(reset_now, "-") != 0 && strlen(reset_now) == length &&
           strncmp(reset_now, reset, length) == 0;
}

int pg_list_changes(struct connection *connection, const char *mark,
                    struct changed_table **tables, size_t *count, struct err *err)
{
    char *at;
    unsigned long long xid = strtoull(mark, &at, 10);
    struct sql_result *rows = NULL;
    struct sql_result *now = sql_row(connection, now_sql, err);
    bool has_counters;
    int status = -1;

    *tables = NULL;
    *count = 0;
    if (now == NULL)
        return -1;
    if (xid == 0 || *at != ' ') {
        (void)err_set(err, ERR_STATE,
                      "the record of what the tables were like is damaged");
        goto done;
    }
    if ((unsigned long long)sql_integer(now, 0, 0) - xid >= 1ull << 31) {
        (void)err_set(
            err, ERR_STATE,
            "more than 2^31 transactions ago: new rows cannot be told from old");
        goto done;
    }
    rows = sql_query(connection, tables_sql, 0, NULL, err);
    if (rows == NULL)
        goto done;
    has_counters = are_counters_whole(connection, at + 1, sql_text(now, 0, 1));
    *tables = xcalloc(sql_row_count(rows) + 1, sizeof(**tables));
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        if (describe(&(*tables)[*count], rows, i, mark, has_counters, xid))
            (*count)++;
    }
    status = 0;
done:
    sql_result_free(rows);
    sql_result_free(now);
    return status;
}
