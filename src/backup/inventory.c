/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.c - asks a server what there is to back up.
 */
#include "config.h"

#include "backup/inventory.h"
#include "catalog/server_sql.h"

void inventory_add_name(struct strbuf *sql, const char *schema, const char *name)
{
    if (schema[0] != '\0') {
        sql_add_name(sql, schema);
        strbuf_add_char(sql, '.');
    }
    sql_add_name(sql, name);
}

void inventory_add_target(struct strbuf *sql, const struct backup_table *table)
{
    inventory_add_name(sql, table->schema, table->name);
    if (table->columns[0] != '\0')
        strbuf_addf(sql, " (%s)", table->columns);
}

void inventory_add_part(struct strbuf *sql, const struct connection *connection,
                        const struct backup_part *part)
{
    sql_dump_ops(connection)->add_select(sql, &part->table->source, part->condition);
}

static int cut(struct backup_table *table, struct connection *connection,
               struct arena *arena, size_t number, long long part_bytes,
               struct err *err)
{
    struct list conditions = {0};

    if (sql_dump_ops(connection)
            ->cut(connection, &table->source, part_bytes, arena, &conditions, err) < 0)
        return -1;
    table->part_count = conditions.count;
    table->parts = arena_zalloc(arena, conditions.count * sizeof(*table->parts));
    for (size_t i = 0; i < conditions.count; i++) {
        struct backup_part *part = &table->parts[i];

        part->table = table;
        part->file = arena_printf(arena, "%04zu.%04zu.rows.zst", number, i + 1);
        part->condition = conditions.items[i];
    }
    return 0;
}

/* Where the rows of a table come from, from row `row` of "backup_tables". */
static void read_source(struct backup_table *table, const struct sql_result *rows,
                        size_t row, struct arena *arena)
{
    struct strbuf name = STRBUF_INIT;

    inventory_add_name(&name, table->schema, table->name);
    table->source.table = arena_strdup(arena, strbuf_text(&name));
    table->source.reads = arena_strdup(arena, sql_text(rows, row, 3));
    table->source.key = arena_strdup(arena, sql_text(rows, row, 4));
    table->source.blocks = sql_integer(rows, row, 5);
    table->source.bytes = table->bytes;
    table->source.rows = sql_integer(rows, row, 7);
    strbuf_clear(&name);
}

int inventory_read_tables(struct inventory *inventory, struct connection *connection,
                          struct arena *arena, long long part_bytes, struct err *err)
{
    struct sql_result *rows = server_query(connection, "backup_tables", 0, NULL, err);
    int status = 0;

    if (rows == NULL)
        return -1;
    inventory->table_count = sql_row_count(rows);
    inventory->tables =
        arena_zalloc(arena, (inventory->table_count + 1) * sizeof(*inventory->tables));
    for (size_t i = 0; i < inventory->table_count && status == 0; i++) {
        struct backup_table *table = &inventory->tables[i];

        table->schema = arena_strdup(arena, sql_text(rows, i, 0));
        table->name = arena_strdup(arena, sql_text(rows, i, 1));
        table->columns = arena_strdup(arena, sql_text(rows, i, 2));
        table->bytes = sql_integer(rows, i, 6);
        read_source(table, rows, i, arena);
        status = cut(table, connection, arena, i + 1, part_bytes, err);
        inventory->part_count += table->part_count;
    }
    sql_result_free(rows);
    return status;
}

static int read_sequence(struct backup_sequence *sequence,
                         struct connection *connection, struct arena *arena,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *row;

    strbuf_add_string(&sql, "SELECT last_value, is_called FROM ");
    inventory_add_name(&sql, sequence->schema, sequence->name);
    row = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (row == NULL)
        return -1;
    sequence->last_value = arena_strdup(arena, sql_text(row, 0, 0));
    sequence->is_called = arena_strdup(arena, sql_text(row, 0, 1));
    sql_result_free(row);
    return 0;
}

int inventory_read_others(struct inventory *inventory, struct connection *connection,
                          struct arena *arena, struct err *err)
{
    struct sql_result *rows;
    int status = 0;

    if (!server_has_sql(connection, "backup_sequences"))
        return 0; /* such objects are unknown there */
    rows = server_query(connection, "backup_sequences", 0, NULL, err);
    if (rows == NULL)
        return -1;
    inventory->sequence_count = sql_row_count(rows);
    inventory->sequences = arena_alloc(arena, (inventory->sequence_count + 1) *
                                                  sizeof(*inventory->sequences));
    for (size_t i = 0; i < inventory->sequence_count && status == 0; i++) {
        struct backup_sequence *sequence = &inventory->sequences[i];

        sequence->schema = arena_strdup(arena, sql_text(rows, i, 0));
        sequence->name = arena_strdup(arena, sql_text(rows, i, 1));
        status = read_sequence(sequence, connection, arena, err);
    }
    sql_result_free(rows);
    if (status < 0)
        return -1;
    rows = server_query(connection, "backup_views", 0, NULL, err);
    if (rows == NULL)
        return -1;
    inventory->view_count = sql_row_count(rows);
    inventory->views =
        arena_alloc(arena, (inventory->view_count + 1) * sizeof(*inventory->views));
    for (size_t i = 0; i < inventory->view_count; i++)
        inventory->views[i] = arena_strdup(arena, sql_text(rows, i, 0));
    sql_result_free(rows);
    return 0;
}
