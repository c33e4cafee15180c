/* SPDX-License-Identifier: Apache-2.0
 *
 * record.c - what the database remembers of a clean, in a schema of its own.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "catalog/server_sql.h"
#include "clean/internal.h"

enum { NUMBER_SIZE = 24 };

int clean_record_exists(struct clean *clean, bool *exists, struct err *err)
{
    struct sql_result *row =
        server_query(clean->connection, "clean_exists", 0, NULL, err);

    if (row == NULL)
        return -1;
    *exists = sql_text(row, 0, 0)[0] == 't';
    sql_result_free(row);
    if (!*exists)
        return 0;
    /* Where DDL cannot be rolled back, a kill may leave it empty. */
    row = server_query(clean->connection, "clean_run", 0, NULL, err);
    if (row == NULL)
        return -1;
    *exists = sql_row_count(row) > 0;
    sql_result_free(row);
    return 0;
}

static int create(struct clean *clean, struct err *err)
{
    const char *const parameters[] = {clean->before, clean->wanted,
                                      clean->options->directory};

    if (sql_exec(clean->connection, "BEGIN", err) == 0 &&
        server_exec(clean->connection, "clean_create", err) == 0 &&
        server_change(clean->connection, "clean_begin", 3, parameters, err) == 0 &&
        sql_exec(clean->connection, "COMMIT", err) == 0)
        return 0;
    if (strcmp(err->sqlstate, "42501") == 0)
        (void)err_hint(
            err, "airshift writes down how far it is, beside Airflow's tables, and "
                 "needs the right to CREATE in the database: role.sql, which comes "
                 "with airshift, grants it. Nothing was changed.");
    return -1;
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Another question would have another answer in the middle. */
static int compare(struct clean *clean, struct err *err)
{
    struct sql_result *row = server_query(clean->connection, "clean_run", 0, NULL, err);
    const char *directory;
    int status = 0;

    if (row == NULL)
        return -1;
    directory = server_text_copy(clean->arena, row, 0, 2);
    if (strcmp(sql_text(row, 0, 0), clean->before) != 0 ||
        strcmp(sql_text(row, 0, 1), clean->wanted) != 0 ||
        !is_same(directory, clean->options->directory)) {
        (void)err_set(err, ERR_STATE,
                      "a clean of what is before %s, of %s, into %s, begun at %s, was "
                      "interrupted",
                      sql_text(row, 0, 0), sql_text(row, 0, 1),
                      directory != NULL ? directory : "no archive",
                      sql_text(row, 0, 3));
        status = err_hint(err, "The same command goes on with it; `airshift clean "
                               "--discard` gives it up. What is gone stays in the "
                               "archive.");
    }
    sql_result_free(row);
    return status;
}

static int read_places(struct clean *clean, struct err *err)
{
    struct sql_result *rows =
        server_query(clean->connection, "clean_places", 0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        struct clean_table *table = clean_find_table(clean, sql_text(rows, i, 0));

        if (table == NULL || strcmp(table->filenode, sql_text(rows, i, 1)) != 0)
            continue;
        table->block = sql_integer(rows, i, 2);
        table->kept = sql_integer(rows, i, 3);
        table->is_done = sql_text(rows, i, 4)[0] == 't';
    }
    sql_result_free(rows);
    return 0;
}

static int read_files(struct clean *clean, struct err *err)
{
    struct sql_result *rows =
        server_query(clean->connection, "clean_files", 0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        for (size_t k = 0; k < clean->tables.count; k++) {
            struct clean_table *table = clean->tables.items[k];

            if (strcmp(table->quoted, sql_text(rows, i, 0)) != 0)
                continue;
            table->archive_bytes = sql_integer(rows, i, 1);
            table->rows = sql_integer(rows, i, 2);
        }
    }
    sql_result_free(rows);
    return 0;
}

int clean_record_begin(struct clean *clean, struct err *err)
{
    bool exists = false;

    if (clean_record_exists(clean, &exists, err) != 0)
        return -1;
    clean->result->was_resumed = exists;
    if (!exists)
        return create(clean, err);
    if (compare(clean, err) != 0 || read_places(clean, err) != 0)
        return -1;
    return read_files(clean, err);
}

static int record_file(struct clean *clean, const struct clean_table *table,
                       struct err *err)
{
    char bytes[NUMBER_SIZE];
    char rows[NUMBER_SIZE];
    const char *const parameters[] = {table->quoted, bytes, rows};

    (void)snprintf(bytes, sizeof(bytes), "%lld", table->archive_bytes);
    (void)snprintf(rows, sizeof(rows), "%lld", table->rows + table->piece_rows);
    return server_change(clean->connection, "clean_file", 3, parameters, err);
}

int clean_record_piece(struct clean *clean, const struct clean_work *work,
                       struct err *err)
{
    const struct clean_table *table = work->table;
    char block[NUMBER_SIZE];
    char kept[NUMBER_SIZE];
    const char *const parameters[] = {table->name, table->filenode, block, kept,
                                      table->is_done ? "true" : "false"};

    for (size_t i = 0; i < work->goes.count; i++) {
        const struct clean_table *gone = work->goes.items[i];

        if (gone->piece_rows > 0 && record_file(clean, gone, err) != 0)
            return -1;
    }
    (void)snprintf(block, sizeof(block), "%lld", table->block);
    (void)snprintf(kept, sizeof(kept), "%lld", table->kept);
    return server_change(clean->connection, "clean_place", 5, parameters, err);
}

int clean_record_end(struct clean *clean, struct err *err)
{
    return server_exec(clean->connection, "clean_drop", err);
}
